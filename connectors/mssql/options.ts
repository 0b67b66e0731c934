// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the ${} of config files is meant, not a template
import { type Static, Type } from 'typebox';
import { serverOptions } from '../sql/server-options.ts';

export const options = Type.Object(
  {
    ...serverOptions,
    instance: Type.Optional(
      Type.String({
        description: 'Named instance; its port is asked of the SQL Server Browser (UDP 1434). Not together with port.',
        examples: ['SQLEXPRESS'],
      }),
    ),
    access_token: Type.Optional(
      Type.String({
        description:
          'Access token of Microsoft Entra ID (Azure AD) for https://database.windows.net, instead of user and password.',
        examples: ['${file:/run/secrets/sql_token}'],
      }),
    ),
    host_name_in_certificate: Type.Optional(
      Type.String({
        description: "Name that the server's certificate bears, where it is not the host's.",
        examples: ['SSL_Self_Signed_Fallback'],
      }),
    ),
    application_intent: Type.Optional(
      Type.Union([Type.Literal('read-write'), Type.Literal('read-only')], {
        default: 'read-write',
        description:
          '"read-only": a listener of an availability group leads to a readable secondary. Open transactions of the primary are not seen there.',
      }),
    ),
    isolation: Type.Optional(
      Type.Union([Type.Literal('read-committed'), Type.Literal('snapshot')], {
        default: 'read-committed',
        description:
          '"snapshot": reads neither wait for writers nor hold them up; the database must have ALLOW_SNAPSHOT_ISOLATION ON.',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'A Microsoft SQL Server (2016 or newer) or Azure SQL database.',
  },
);

export type MssqlOptions = Static<typeof options>;
