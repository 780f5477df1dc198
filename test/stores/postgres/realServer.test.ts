import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { RagError } from '../../../src/errors.ts'
import { checkPostgresIndex } from '../../../src/stores/postgres/checkPostgresIndex.ts'
import { type PostgresStoreOptions, postgresStore } from '../../../src/stores/postgres/postgresStore.ts'
import type { PassageStore } from '../../../src/types/ports.ts'
import { randomNumbers } from '../../support/fillerText.ts'
import { kill, startWriter } from '../../support/killable.ts'
import { realPostgres } from '../../support/realPostgres.ts'
import { passagesOf, storedDocument } from '../../support/storedDocument.ts'

const real = await realPostgres()
const writer = fileURLToPath(new URL('../../support/endlessPostgresWriter.ts', import.meta.url))

/** What needs processes of a server that run at the same time. */
describe.skipIf(real === undefined)('postgresStore on a server', () => {
  const { url = '', ask = () => Promise.resolve([]), newAddress = () => '' } = real ?? {}
  const schemaOf = (address: string) => new URL(address).searchParams.get('schema') ?? ''
  const opened = async (address: string, options?: PostgresStoreOptions) => {
    const store = await postgresStore(address, options)
    onTestFinished(() => store.close())
    return store
  }
  const put = (store: PassageStore, id: string, texts: readonly string[]) => firstValueFrom(store.upsert(storedDocument(id, { fileId: `f${id}` }), passagesOf(id, texts)))
  const textsOf = async (store: PassageStore, text: string) => (await firstValueFrom(store.search({ text, topK: 100 }))).map((passage) => passage.text)
  /** A transaction of somebody else, open until the function that comes back is called. */
  const holding = async (address: string, sql: string): Promise<() => Promise<void>> => {
    const client = new Client(url)
    await client.connect()
    await client.query(`BEGIN; SET LOCAL search_path = ${schemaOf(address)}; ${sql}`)
    return () => client.end()
  }
  const waiting = async () => (await ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'riffle' AND wait_event_type = 'Lock'")).length
  /** Documents are written here without the files that they name. */
  const problemsOf = async (address: string) => (await checkPostgresIndex(address)).problems.filter((problem) => !/ of a? ?files? that /.test(problem))
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await pause(10)
  }

  it('lets writers of different documents go their way, and those of one document take turns', async () => {
    const address = newAddress()
    const [one, two] = [await opened(address), await opened(address)]
    await put(one, 'a', ['apple'])
    const release = await holding(address, "SELECT 1 FROM documents WHERE id = 'a' FOR UPDATE")
    const first = put(one, 'a', ['apple first'])
    await until(async () => (await waiting()) === 1)
    const second = put(two, 'a', ['apple second'])
    await until(async () => (await waiting()) === 2)

    await put(two, 'b', ['berry'])
    expect(await textsOf(two, 'apple berry')).toEqual(['apple', 'berry'])
    await release()
    await Promise.all([first, second])

    expect(await textsOf(two, 'apple')).toEqual(['apple second'])
    expect((await checkPostgresIndex(address)).documents).toBe(2)
  })

  it('says so when another writes the same document for too long, and leaves what was there', async () => {
    const address = newAddress()
    const store = await opened(address)
    await put(store, 'a', ['apple'])
    const release = await holding(address, "SELECT 1 FROM documents WHERE id = 'a' FOR UPDATE")

    await expect(put(store, 'a', ['pear'])).rejects.toMatchObject({ code: 'index', retryable: true, message: expect.stringContaining('another process writes the same document. Is one indexing?') })
    await release()
    expect(await textsOf(store, 'apple pear')).toEqual(['apple'])
  })

  it('shows readers one commit of each document while eight write, and is whole at the end', async () => {
    const address = newAddress()
    const stores = await Promise.all(Array.from({ length: 8 }, () => opened(address, { connections: 2 })))
    const random = randomNumbers(11)
    const version = (id: string, number: number) => Array.from({ length: 1 + (number % 4) }, (_, place) => `heron ${id} version ${number} of ${1 + (number % 4)} at ${place}`)
    const writing = { isDone: false }
    const read = async () => {
      const reader = await opened(address)
      let reads = 0
      while (!writing.isDone) {
        const byId = Map.groupBy(await firstValueFrom(reader.search({ text: 'heron', topK: 1000 })), ({ documentId }) => documentId)
        for (const [id, passages] of byId) {
          const number = Number(/version (\d+)/.exec(passages[0]?.text ?? '')?.[1])
          expect(passages.map(({ text }) => text).toSorted()).toEqual(version(id, number).toSorted())
        }
        reads++
      }
      return reads
    }
    const reading = read()
    await Promise.all(stores.map(async (store, index) => {
      for (let number = 0; number < 30; number++) {
        const id = `d${Math.floor(random() * 6)}`
        if (random() < 0.15) await firstValueFrom(store.removeFiles([`f${id}`, 'fd0', 'fd3']))
        else await put(store, id, version(id, index * 100 + number))
      }
    }))
    writing.isDone = true

    expect(await reading).toBeGreaterThan(0)
    expect(await problemsOf(address)).toEqual([])
  })

  it('ends a search on the server when nobody waits for it, and uses the connection again', async () => {
    const address = newAddress()
    const store = await opened(address, { connections: 1 })
    await put(store, 'a', ['apple'])
    const release = await holding(address, 'LOCK TABLE postings IN ACCESS EXCLUSIVE MODE')
    const subscription = store.search({ text: 'apple', topK: 1 }).subscribe({ next: () => expect.unreachable() })
    await until(async () => (await waiting()) === 1)

    subscription.unsubscribe()
    await until(async () => (await waiting()) === 0)

    expect(await firstValueFrom(store.stats())).toMatchObject({ documents: 1 })
    await release()
    expect(await textsOf(store, 'apple')).toEqual(['apple'])
  })

  it('fails retryably when its connections are lost midway, with all that was committed there, and goes on afterwards', async () => {
    const address = newAddress()
    const store = await opened(address, { connections: 2 })
    await put(store, 'a', ['apple'])
    const release = await holding(address, "SELECT 1 FROM documents WHERE id = 'a' FOR UPDATE")
    const failed = put(store, 'a', ['pear']).then(() => undefined, (error: unknown) => error)
    await until(async () => (await waiting()) === 1)

    await ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'riffle'")
    const error = await failed
    await release()

    expect(error).toBeInstanceOf(RagError)
    expect(error).toMatchObject({ code: 'index', retryable: true, message: expect.stringMatching(/What was committed stays\.$/) })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('secret')
    expect(await textsOf(store, 'apple pear')).toEqual(['apple'])
    await put(store, 'a', ['pear'])
    expect((await checkPostgresIndex(address)).passages).toBe(1)
  })

  it('is whole after its writers were killed, each document wholly there or not at all', async () => {
    const address = newAddress()
    await opened(address)
    const random = randomNumbers(3)
    for (let round = 0; round < 3; round++) {
      const writers = await Promise.all([0, 1].map((index) => startWriter(writer, address, round * 2 + index)))
      await pause(random() * 200)
      await Promise.all(writers.map(kill))
      const store = await opened(address)
      const prints = await firstValueFrom(store.fingerprints())
      for (const [id, print] of prints) {
        const passages = await firstValueFrom(store.passages(id))
        expect(passages.map(({ text }) => text.startsWith(`version ${print} `))).toEqual(Array.from({ length: Number(print.split('/')[1]) }, () => true))
      }
      store.close()
      expect(await problemsOf(address)).toEqual([])
    }
  })

  it('says in one line who may not come in, and what is not there', async () => {
    const account = `riffle_guest_${process.pid}`
    await ask(`CREATE ROLE ${account} LOGIN PASSWORD 'guestsecret'`)
    onTestFinished(async () => void (await ask(`DROP OWNED BY ${account}; DROP ROLE ${account}`)))
    const as = (user: string, password: string, more: { database?: string; schema?: string } = {}) => {
      const address = new URL(more.schema === undefined ? newAddress() : url)
      if (more.schema !== undefined) address.searchParams.set('schema', more.schema)
      Object.assign(address, { username: user, password, ...(more.database !== undefined && { pathname: `/${more.database}` }) })
      return address.href
    }
    const refusal = async (address: string, options?: PostgresStoreOptions) => {
      const error = await postgresStore(address, options).then(() => undefined, (reason: unknown) => reason)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/secret/)
      return error instanceof RagError ? error.message : String(error)
    }

    expect(await refusal(as(account, 'wrongsecret'))).toMatch(/: the user or the password is wrong\.$/)
    expect(await refusal(as(account, ''))).toMatch(/: the server asks for a password: put it into the address, or into PGPASSWORD\.$/)
    expect(await refusal(as(account, 'guestsecret', { database: 'nowhere' }))).toMatch(/: the server has no database of this name\.$/)
    expect(await refusal(as(account, 'guestsecret'))).toMatch(/: the user lacks the right to do this\.$/)

    const address = newAddress()
    const store = await opened(address)
    await put(store, 'a', ['apple'])
    const schema = schemaOf(address)
    await ask(`GRANT USAGE ON SCHEMA ${schema} TO ${account}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${account}`)
    const guest = await opened(as(account, 'guestsecret', { schema }), { readOnly: true })
    expect(await textsOf(guest, 'apple')).toEqual(['apple'])
    await expect(put(guest, 'a', ['pear'])).rejects.toThrow(/: the user lacks the right to do this\.$/)
  })
})
