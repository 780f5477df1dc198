import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseAddress } from '../src/stores/postgres/parseAddress.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const text = readFileSync(join(root, 'compose.yaml'), 'utf8')

interface Service {
  readonly image: string
  readonly environment: Readonly<Record<string, string>>
  readonly ports: readonly string[]
  readonly volumes: readonly string[]
}

describe('compose.yaml', () => {
  const { services, volumes } = parse(text) as { readonly services: { readonly postgres: Service }; readonly volumes: Readonly<Record<string, unknown>> }
  const { image, environment, ports, volumes: mounted } = services.postgres

  it('starts a PostgreSQL with pgvector that only this machine reaches, with a password of one\'s own', () => {
    expect(image).toMatch(/^pgvector\/pgvector:[\w.-]+$/)
    expect(ports).toEqual(['127.0.0.1:${RIFFLE_POSTGRES_PORT:-5432}:5432'])
    expect(environment['POSTGRES_PASSWORD']).toMatch(/^\$\{RIFFLE_POSTGRES_PASSWORD:\?/)
    expect(Object.keys(volumes)).toEqual(mounted.map((each) => each.split(':')[0]))
  })

  it('has the address that its head and the docs name', () => {
    const address = `postgres://${environment['POSTGRES_USER']}@localhost:5432/${environment['POSTGRES_DB']}`
    const named = [text, readFileSync(join(root, 'docs/retrieval.md'), 'utf8')].map((page) => /--index (postgres:\S+)/.exec(page)?.[1])

    expect(named).toEqual([address, address])
    expect(parseAddress(address).name).toBe(address)
  })
})
