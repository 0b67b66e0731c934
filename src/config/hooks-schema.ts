// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import Type, { type Static } from 'typebox';
import type { Secret } from './secret.ts';
import { closed, NAME_PATTERN, oneOf, text } from './value-schemas.ts';

const selectors = (description: string) =>
  Type.Array(text('A selector, as of `run --select`.', { examples: ['tag:after-dbt'] }), {
    minItems: 1,
    description,
    examples: [['tag:after-dbt']],
  });

const HookSchema = closed(
  {
    kind: oneOf(['dbt_cloud'], 'Who calls. dbt_cloud: a webhook of dbt Cloud, whose signature is checked.', {
      default: 'dbt_cloud',
    }),
    secret: Type.String({
      pattern: '^[\\x21-\\x7e]{8,}$',
      title: 'a secret of 8 characters or more, without blanks',
      description: 'What the caller signs with: dbt Cloud shows it once, when the webhook is made. By reference.',
      examples: ['${DBT_CLOUD_SECRET}'],
    }),
    select: selectors('Which mappings run. It stands here and not in the request, so that nobody can ask for others.'),
    exclude: Type.Optional(selectors('Which of them do not.')),
    jobs: Type.Optional(
      Type.Array(Type.String({ pattern: '^\\d{1,20}$', title: 'the id of a job, in quotes', examples: ['123456'] }), {
        minItems: 1,
        description: 'Only when one of these jobs of dbt Cloud succeeded; left out: any that the webhook tells of.',
        examples: [['123456']],
      }),
    ),
  },
  { description: 'A webhook that starts runs.' },
);

export const HooksSchema = Type.Unsafe<Record<string, Static<typeof HookSchema>>>({
  type: 'object',
  minProperties: 1,
  patternProperties: { [NAME_PATTERN]: HookSchema },
  additionalProperties: false,
  description: 'Webhooks that start runs, by name: `POST /api/hooks/<name>`. They need no token, but a signature.',
});

export type Hook = Omit<Static<typeof HookSchema>, 'secret'> & { readonly secret: Secret };
