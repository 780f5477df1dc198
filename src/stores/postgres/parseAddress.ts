import { InputError } from '../../errors.ts'

/** Where an index in PostgreSQL is. */
export interface Address {
  /** The address for people and messages: without password and settings of the connection. */
  readonly name: string
  /** As the driver takes it; holds the password. */
  readonly connectionString: string
  /** The schema of the database that holds the index's tables. */
  readonly schema: string
  readonly connections?: number
}

const defaultSchema = 'riffle'

/** @throws InputError when it is none; the message never repeats it, for it may hold a password. */
export function parseAddress(address: string): Address {
  const url = URL.parse(address)
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) {
    throw new InputError('Expected the address of the index to be like postgres://user@localhost:5432/database, with % codes for other signs in user and password.')
  }
  const schema = url.searchParams.get('schema') ?? defaultSchema
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_')) {
    throw new InputError(`Expected schema= in the address of the index to be letters a to z, digits and _, at most 63, got ${JSON.stringify(schema)}.`)
  }
  const connections = url.searchParams.get('connections')
  if (connections !== null && !/^[1-9]\d{0,3}$/.test(connections)) throw new InputError('Expected connections= in the address of the index to be a number from 1 to 9999.')
  url.searchParams.delete('schema')
  url.searchParams.delete('connections')
  const host = url.host === '' ? (url.searchParams.get('host') ?? '') : url.host
  const user = url.username === '' ? '' : `${url.username}@`
  const name = `postgres://${user}${host}${url.pathname}${schema === defaultSchema ? '' : `?schema=${schema}`}`
  return { name, connectionString: url.href, schema, ...(connections === null ? {} : { connections: Number(connections) }) }
}
