import { InputError, RagError } from '../../errors.ts'

interface Meaning {
  readonly text: string
  /** May pass by itself. */
  readonly retryable?: true
}

/** By PostgreSQL's SQLSTATE, or the code of the operating system. */
const meanings: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { text: 'no PostgreSQL answers there. Is it running?', retryable: true },
  ENOENT: { text: 'no PostgreSQL answers there. Is it running?', retryable: true },
  ENOTFOUND: { text: 'there is no host of this name' },
  EAI_AGAIN: { text: 'the name of the host cannot be looked up', retryable: true },
  ETIMEDOUT: { text: 'the host does not answer', retryable: true },
  EHOSTUNREACH: { text: 'the host cannot be reached', retryable: true },
  ECONNRESET: { text: 'the connection was lost. What was committed stays', retryable: true },
  EPIPE: { text: 'the connection was lost. What was committed stays', retryable: true },
  '28P01': { text: 'the user or the password is wrong' },
  28000: { text: 'the server does not let this user in from here' },
  '3D000': { text: 'the server has no database of this name' },
  42501: { text: 'the user lacks the right to do this' },
  25006: { text: 'the server may only be read' },
  53100: { text: "the server's disk is full. What was committed stays" },
  53200: { text: 'the server is out of memory', retryable: true },
  53300: { text: 'the server takes no more connections', retryable: true },
  '55P03': { text: 'another process writes the same document. Is one indexing?', retryable: true },
  '57P01': { text: 'the server is shutting down. What was committed stays', retryable: true },
  '57P02': { text: 'the server has crashed. What was committed stays', retryable: true },
  '57P03': { text: 'the server is starting or shutting down', retryable: true },
  '40P01': { text: 'two writers waited for each other', retryable: true },
  '42P01': { text: 'a table of it is missing. Build it again' },
  '42703': { text: 'a column of it is missing. Build it again' },
}

/** Settings of the driver that failed before anything was sent; it gives them no code. */
const sentences: readonly (readonly [RegExp, Meaning])[] = [
  [/timeout exceeded when trying to connect|Connection terminated due to connection timeout/i, { text: 'the host does not answer', retryable: true }],
  [/Connection terminated|client has encountered a connection error|not queryable/i, { text: 'the connection was lost. What was committed stays', retryable: true }],
  [/password must be a string|empty string/i, { text: 'the server asks for a password: put it into the address, or into PGPASSWORD' }],
  [/does not support SSL/i, { text: 'the server does not encrypt connections (sslmode=disable does without)' }],
]

export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}

/** What the database or the way to it said, as an error of ours. The words of another are kept where there are none of our own. */
export function toIndexError(error: unknown, name: string, doing: 'open' | 'use'): RagError {
  if (error instanceof RagError) return error
  const { text, retryable } = meaningOf(error)
  const sentence = text.endsWith('?') ? text : `${text}.`
  const message = doing === 'open' ? `Cannot open the index ${name}: ${sentence}` : `The index ${name} failed: ${sentence}`
  const options = { cause: error, retryable: retryable === true }
  return doing === 'open' ? new InputError(message, options) : new RagError('index', message, options)
}

function meaningOf(error: unknown): Meaning {
  // Both addresses of a host were tried.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  const state = sqlState(first)
  const known = meanings[state] ?? (state.startsWith('08') ? meanings['ECONNRESET'] : undefined)
  if (known !== undefined) return known
  const message = first instanceof Error ? first.message : String(first)
  const meaning = sentences.find(([pattern]) => pattern.test(message))?.[1]
  return meaning ?? { text: message.replace(/\s+/g, ' ').replace(/\.$/, '') }
}
