/**
 * Packets and tokens of TDS 7.4 as a server reads and writes them, by Microsoft's [MS-TDS]: packet header 2.2.3.1, LOGIN7 2.2.6.4, RPC 2.2.6.6,
 * SQLBatch 2.2.6.7, token stream 2.2.7. Only what a client needs that logs in, runs statements with parameters and reads texts and numbers.
 */
export const MESSAGE = { batch: 0x01, rpc: 0x03, reply: 0x04, attention: 0x06, login: 0x10, prelogin: 0x12 } as const;

export type Message = { readonly type: number; readonly ignore: boolean; readonly data: Buffer };

/** Cuts a stream into messages: packets up to the one that says it is the last. */
export const messageReader = (take: (message: Message) => void): ((chunk: Buffer) => void) => {
  let rest = Buffer.alloc(0);
  let parts: Buffer[] = [];
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 8) {
      const length = rest.readUInt16BE(2);
      if (rest.length < length) return;
      const [type, status] = [rest.readUInt8(0), rest.readUInt8(1)];
      parts.push(rest.subarray(8, length));
      rest = rest.subarray(length);
      if ((status & 0x01) === 0) continue;
      const data = Buffer.concat(parts);
      parts = [];
      take({ type, ignore: (status & 0x02) !== 0, data });
    }
  };
};

const PACKET = 4096;

export const packets = (type: number, data: Buffer): Buffer => {
  const made: Buffer[] = [];
  for (let at = 0, id = 1; at < data.length || at === 0; at += PACKET - 8, id += 1) {
    const part = data.subarray(at, at + PACKET - 8);
    const header = Buffer.alloc(8);
    header.writeUInt8(type, 0);
    header.writeUInt8(at + PACKET - 8 >= data.length ? 1 : 0, 1);
    header.writeUInt16BE(part.length + 8, 2);
    header.writeUInt8(id & 0xff, 6);
    made.push(header, part);
  }
  return Buffer.concat(made);
};

const u8 = (value: number): Buffer => Buffer.from([value]);
const u16 = (value: number): Buffer => {
  const made = Buffer.alloc(2);
  made.writeUInt16LE(value);
  return made;
};
const u32 = (value: number): Buffer => {
  const made = Buffer.alloc(4);
  made.writeUInt32LE(value);
  return made;
};
const ucs2 = (text: string): Buffer => Buffer.from(text, 'utf16le');
const shortText = (text: string): Buffer => Buffer.concat([u8(text.length), ucs2(text)]);
const longText = (text: string): Buffer => Buffer.concat([u16(text.length), ucs2(text)]);
const sized = (token: number, body: Buffer): Buffer => Buffer.concat([u8(token), u16(body.length), body]);

/** SQL_Latin1_General_CP1_CI_AS. */
const COLLATION = Buffer.from([0x09, 0x04, 0xd0, 0x00, 0x34]);

export const SERVER_NAME = 'STAND-IN';

export const preloginReply = (encryption: number): Buffer => {
  const options: readonly [number, Buffer][] = [
    [0, Buffer.from([16, 0, 0x10, 0x04, 0, 0])], // version
    [1, u8(encryption)],
    [2, u8(0)],
    [3, Buffer.alloc(0)],
    [4, u8(0)],
  ];
  let offset = options.length * 5 + 1;
  const heads = options.map(([token, data]) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(token, 0);
    head.writeUInt16BE(offset, 1);
    head.writeUInt16BE(data.length, 3);
    offset += data.length;
    return head;
  });
  return Buffer.concat([...heads, u8(0xff), ...options.map(([, data]) => data)]);
};

/** What the client asks for of encryption: 0 for the login only, 1 on, 2 not supported. */
export const preloginEncryption = (data: Buffer): number => {
  for (let at = 0; data[at] !== 0xff; at += 5) {
    if (data[at] === 1) return data.readUInt8(data.readUInt16BE(at + 1));
  }
  return 2;
};

export type Login = {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly appName: string;
  readonly readOnlyIntent: boolean;
  /** Of Microsoft Entra ID, instead of user and password. */
  readonly token: string | undefined;
};

export const readLogin = (data: Buffer): Login => {
  const field = (at: number): Buffer =>
    data.subarray(data.readUInt16LE(at), data.readUInt16LE(at) + data.readUInt16LE(at + 2) * 2);
  const text = (at: number): string => field(at).toString('utf16le');
  // Each byte of the password: its halves changed over, then 0xA5; taken back in the opposite order.
  const password = Buffer.from(field(44).map((byte) => (((byte ^ 0xa5) << 4) | ((byte ^ 0xa5) >> 4)) & 0xff)).toString(
    'utf16le',
  );
  return {
    user: text(40),
    password,
    appName: text(48),
    database: text(68),
    readOnlyIntent: (data.readUInt8(26) & 0x20) !== 0,
    token: (data.readUInt8(27) & 0x10) === 0 ? undefined : readToken(data),
  };
};

/** The feature extension FEDAUTH (0x02): options, length, token. */
const readToken = (data: Buffer): string | undefined => {
  let at = data.readUInt32LE(data.readUInt16LE(56));
  while (data[at] !== 0xff) {
    const length = data.readUInt32LE(at + 1);
    if (data[at] === 0x02) return data.subarray(at + 10, at + 10 + data.readUInt32LE(at + 6)).toString('utf16le');
    at += 5 + length;
  }
  return undefined;
};

export type Value = string | bigint | null;

/** The statement of a batch or of sp_executesql, with its parameters by name, without the `@`. */
export type Statement = {
  readonly sql: string;
  readonly values: Readonly<Record<string, Value>>;
  /** By itself; undefined: within sp_executesql, with which all that it sets ends. */
  readonly isBatch?: true;
};

const withoutHeaders = (data: Buffer): number => data.readUInt32LE(0);

export const readBatch = (data: Buffer): Statement => ({
  sql: data.subarray(withoutHeaders(data)).toString('utf16le'),
  values: {},
  isBatch: true,
});

const SP_EXECUTESQL = 10;

export const readRpc = (data: Buffer): Statement => {
  let at = withoutHeaders(data);
  if (data.readUInt16LE(at) !== 0xffff || data.readUInt16LE(at + 2) !== SP_EXECUTESQL)
    throw new Error('a procedure that the stand-in does not know');
  at += 6;
  const read: [string, Value][] = [];
  while (at < data.length) {
    const nameLength = data.readUInt8(at);
    const name = data.subarray(at + 1, at + 1 + nameLength * 2).toString('utf16le');
    at += 2 + nameLength * 2;
    const type = data.readUInt8(at);
    const [value, next] =
      type === 0xe7 ? readText(data, at + 1) : type === 0x26 ? readInteger(data, at + 1) : fail(type);
    read.push([name.replace(/^@/, ''), value]);
    at = next;
  }
  const [[, sql] = ['', ''], , ...others] = read;
  return { sql: String(sql), values: Object.fromEntries(others) };
};

const fail = (type: number): never => {
  throw new Error(`a parameter of type 0x${type.toString(16)}`);
};

/** NVARCHARTYPE: the greatest length, the collation, the value; `max` comes in parts. */
const readText = (data: Buffer, at: number): [Value, number] => {
  const isMax = data.readUInt16LE(at) === 0xffff;
  const start = at + 7;
  if (!isMax) {
    const length = data.readUInt16LE(start);
    if (length === 0xffff) return [null, start + 2];
    return [data.subarray(start + 2, start + 2 + length).toString('utf16le'), start + 2 + length];
  }
  if (data.readBigUInt64LE(start) === 0xffffffffffffffffn) return [null, start + 8];
  const parts: Buffer[] = [];
  let next = start + 8;
  for (;;) {
    const length = data.readUInt32LE(next);
    next += 4;
    if (length === 0) return [Buffer.concat(parts).toString('utf16le'), next];
    parts.push(data.subarray(next, next + length));
    next += length;
  }
};

/** INTNTYPE. */
const readInteger = (data: Buffer, at: number): [Value, number] => {
  const length = data.readUInt8(at + 1);
  if (length === 0) return [null, at + 2];
  return [data.readBigInt64LE(at + 2), at + 2 + length];
};

export type ResultColumn = { readonly name: string; readonly kind: 'text' | 'integer' | 'bit' };
export type ResultValue = string | number | bigint | boolean | null;

export const loginAck = (): Buffer =>
  Buffer.concat([
    sized(0xe3, Buffer.concat([u8(7), u8(5), COLLATION, u8(0)])),
    sized(0xe3, Buffer.concat([u8(4), shortText(String(PACKET)), shortText(String(PACKET))])),
    sized(
      0xad,
      Buffer.concat([
        u8(1),
        Buffer.from([0x74, 0, 0, 4]),
        shortText('Microsoft SQL Server'),
        Buffer.from([16, 0, 0x10, 0x04]),
      ]),
    ),
  ]);

export const databaseChange = (database: string): Buffer =>
  Buffer.concat([
    sized(0xe3, Buffer.concat([u8(1), shortText(database), shortText('master')])),
    message(0xab, { number: 5701, state: 2, severity: 10, text: `Changed database context to '${database}'.` }),
  ]);

/** FEATUREEXTACK of an access token: nothing more to say. */
export const tokenAck = (): Buffer => Buffer.concat([u8(0xae), u8(0x02), u32(0), u8(0xff)]);

export type Trouble = {
  readonly number: number;
  readonly state?: number;
  readonly severity: number;
  readonly text: string;
};

const message = (token: number, { number, state = 1, severity, text }: Trouble): Buffer =>
  sized(
    token,
    Buffer.concat([
      u32(number),
      u8(state),
      u8(severity),
      longText(text),
      shortText(SERVER_NAME),
      shortText(''),
      u32(1),
    ]),
  );

export const errorToken = (trouble: Trouble): Buffer => message(0xaa, trouble);

const MORE = 0x01;
const FAILED = 0x02;
const COUNTED = 0x10;
const ATTENTION = 0x20;

const done = (token: number, status: number, rows = 0): Buffer => {
  const made = Buffer.alloc(13);
  made.writeUInt8(token, 0);
  made.writeUInt16LE(status, 1);
  made.writeUInt16LE(0xc1, 3); // SELECT
  made.writeBigUInt64LE(BigInt(rows), 5);
  return made;
};

export const doneBatch = (failed: boolean): Buffer => done(0xfd, failed ? FAILED : 0);
export const doneAttention = (): Buffer => done(0xfd, ATTENTION);

/** After the rows of sp_executesql: DONEINPROC, RETURNSTATUS, DONEPROC. */
export const doneProcedure = (rows: number | undefined, failed = false): Buffer =>
  Buffer.concat([
    ...(rows === undefined ? [] : [done(0xff, MORE | COUNTED, rows)]),
    u8(0x79),
    u32(failed ? 1 : 0),
    done(0xfe, failed ? FAILED : 0),
  ]);

/** Texts that may be long are nvarchar(max), which comes in parts. */
export const metadata = (columns: readonly ResultColumn[]): Buffer =>
  Buffer.concat([
    u8(0x81),
    u16(columns.length),
    ...columns.map(({ name, kind }) =>
      Buffer.concat([
        u32(0),
        u16(0x09), // may be NULL, may be written
        kind === 'text'
          ? Buffer.concat([u8(0xe7), u16(0xffff), COLLATION])
          : kind === 'bit'
            ? Buffer.from([0x68, 1])
            : Buffer.from([0x26, 8]),
        shortText(name),
      ]),
    ),
  ]);

/** ROW, or NBCROW where something is NULL. */
export const rowToken = (columns: readonly ResultColumn[], row: readonly ResultValue[]): Buffer => {
  const hasNull = row.includes(null);
  const bitmap = Buffer.alloc(Math.ceil(columns.length / 8));
  row.forEach((value, at) => {
    if (value === null) bitmap[at >> 3] = (bitmap[at >> 3] ?? 0) | (1 << (at & 7));
  });
  const values = columns.flatMap(({ kind }, at) => {
    const value = row[at] ?? null;
    return value === null ? [] : [valueBytes(kind, value)];
  });
  return Buffer.concat([u8(hasNull ? 0xd2 : 0xd1), ...(hasNull ? [bitmap] : []), ...values]);
};

const valueBytes = (kind: ResultColumn['kind'], value: Exclude<ResultValue, null>): Buffer => {
  if (kind === 'bit') return Buffer.from([1, value === true || value === 1 ? 1 : 0]);
  if (kind === 'integer') {
    const made = Buffer.alloc(9);
    made.writeUInt8(8, 0);
    made.writeBigInt64LE(BigInt(value), 1);
    return made;
  }
  const text = ucs2(String(value));
  const total = Buffer.alloc(8);
  total.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([total, ...(text.length === 0 ? [] : [u32(text.length), text]), u32(0)]);
};
