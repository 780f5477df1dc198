import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll } from 'vitest'

export interface RealPostgres {
  readonly url: string
  readonly hasVector: boolean
  /** An address of a new, empty index. */
  newAddress(): string
  /** Sends one statement as an administrator. */
  ask(sql: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>
}

/**
 * A PostgreSQL server with processes of its own, for what PGlite's single backend cannot show: that of `RIFFLE_POSTGRES_URL`, or one started from the
 * binaries of this machine in a temporary folder, until the tests of the file are over. Undefined when there is neither.
 */
export async function realPostgres(): Promise<RealPostgres | undefined> {
  const given = process.env['RIFFLE_POSTGRES_URL']
  const url = given !== undefined && given !== '' ? given : await startServer()
  if (url === undefined) return undefined
  const ask: RealPostgres['ask'] = async (sql, values = []) => {
    const client = new Client(url)
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(sql, [...values])).rows
    } finally {
      await client.end()
    }
  }
  const made: string[] = []
  afterAll(async () => {
    if (given !== undefined && given !== '') for (const schema of made) await ask(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  })
  const [vector] = await ask("SELECT 1 FROM pg_available_extensions WHERE name = 'vector'")
  return {
    url,
    hasVector: vector !== undefined,
    ask,
    newAddress() {
      const schema = `riffle_test_${process.pid}_${made.length}`
      made.push(schema)
      const address = new URL(url)
      address.searchParams.set('schema', schema)
      return address.href
    },
  }
}

async function startServer(): Promise<string | undefined> {
  const binaries = folderOfBinaries()
  if (binaries === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'riffle-postgres-'))
  const password = join(folder, 'password')
  writeFileSync(password, 'secret')
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  if (user.uid !== undefined) for (const path of [folder, password]) chownSync(path, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = ['-D', data, '-U', 'riffle', '-A', 'scram-sha-256', '--pwfile', password, '-E', 'UTF8', '--no-sync']
  execFileSync(join(binaries, 'initdb'), options, { ...user, cwd: folder, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }, stdio: 'ignore' })
  const port = await freePort()
  const settings = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', fsync: 'off', max_connections: 60 }
  const server = spawn(join(binaries, 'postgres'), ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], { ...user, cwd: folder, stdio: 'ignore' })
  afterAll(async () => {
    await stop(server)
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `postgres://riffle:secret@127.0.0.1:${port}/postgres`
  await untilReady(url, server)
  return url
}

function folderOfBinaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('Expected a port')
  return address.port
}

async function untilReady(url: string, server: ChildProcess): Promise<void> {
  for (;;) {
    const client = new Client(url)
    try {
      await client.connect()
      return await client.end()
    } catch (error) {
      if (server.exitCode !== null) throw new Error('The PostgreSQL server ended at its start', { cause: error })
      await pause(50)
    }
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  // Without waiting for clients.
  server.kill('SIGINT')
  await ended
}
