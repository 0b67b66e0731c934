/** A Dockerfile as steps, for a test that does them where there is no Docker: only what ours uses, and an error for anything else. */

export type Step =
  | {
      readonly do: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly do: 'run'; readonly command: string }
  | { readonly do: 'workdir'; readonly path: string }
  | { readonly do: 'env'; readonly name: string; readonly value: string }
  | { readonly do: 'user'; readonly user: string };

export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Step[] };

export type Dockerfile = {
  readonly stages: readonly Stage[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly stopSignal: string;
};

const words = (json: string): string[] => JSON.parse(json) as string[];

export const parseDockerfile = (text: string): Dockerfile => {
  const stages: { name: string; base: string; steps: Step[] }[] = [];
  let last = { entrypoint: [] as string[], command: [] as string[], healthcheck: [] as string[], stopSignal: '' };
  for (const line of text
    .replace(/^#.*\n/gm, '')
    .replace(/\\\n\s*/g, ' ')
    .split('\n')) {
    const [, instruction = '', rest = ''] = /^(\w+) (.*)$/.exec(line.trim()) ?? [];
    const steps = stages.at(-1)?.steps;
    if (instruction === '') continue;
    if (instruction === 'FROM') {
      const [base = '', , name = ''] = rest.split(' ');
      stages.push({ base, name, steps: [] });
    } else if (instruction === 'COPY') {
      const [, from, paths = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(rest) ?? [];
      const sources = paths.split(' ');
      steps?.push({ do: 'copy', from, target: sources.pop() ?? '', sources });
    } else if (instruction === 'RUN') steps?.push({ do: 'run', command: rest });
    else if (instruction === 'WORKDIR') steps?.push({ do: 'workdir', path: rest });
    else if (instruction === 'USER') steps?.push({ do: 'user', user: rest });
    else if (instruction === 'ENV') {
      const [name = '', value = ''] = rest.split('=');
      steps?.push({ do: 'env', name, value });
    } else if (instruction === 'ENTRYPOINT') last = { ...last, entrypoint: words(rest) };
    else if (instruction === 'CMD') last = { ...last, command: words(rest) };
    else if (instruction === 'HEALTHCHECK')
      last = { ...last, healthcheck: words(rest.slice(rest.indexOf('CMD ') + 4)) };
    else if (instruction === 'STOPSIGNAL') last = { ...last, stopSignal: rest };
    else if (instruction !== 'VOLUME' && instruction !== 'EXPOSE')
      throw new Error(`the test does not know ${instruction}`);
  }
  return { stages, ...last };
};

/** Whether a path gets into the build, by a .dockerignore that leaves everything out and names what comes in. */
export const isSentToDocker = (ignoreFile: string, path: string): boolean => {
  const lines = ignoreFile.split('\n').filter((line) => line !== '');
  if (lines[0] !== '*') throw new Error('the test knows only a .dockerignore that begins with *');
  const [top = ''] = path.replace(/^\.\//, '').split('/');
  return lines.includes(`!${top}`);
};
