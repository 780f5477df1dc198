import { lastValueFrom, of } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../src/stores/memoryStore.ts'
import { passage } from '../support/passage.ts'
import { storedDocument } from '../support/storedDocument.ts'
import { get, handlerOf } from './asking.ts'

const documentId = 'docs/guide #1.md'
const all = Array.from({ length: 40 }, (_, index) => passage(`text ${index}`, { documentId, id: `${documentId}#${index}`, title: 'Guide', uri: 'file:///home/me/docs/guide.md' }))

async function asking() {
  const store = memoryStore()
  await lastValueFrom(store.upsert(storedDocument(documentId), all), { defaultValue: undefined })
  const passages = vi.fn(store.passages)
  const served = handlerOf({ passages })
  const read = async (query: string) => {
    const response = await served.fetch(get(`/v1/passages?${query}`))
    return { status: response.status, body: (await response.json()) as Record<string, unknown> & { passages: { id: string }[] } }
  }
  return { read, passages, served }
}

describe('GET /v1/passages', () => {
  it('gives a passage with those around it, and says whether there is more', async () => {
    const { read } = await asking()
    const id = encodeURIComponent(`${documentId}#20`)
    const { status, body } = await read(`id=${id}&around=2`)
    expect([status, body['id'], body['documentId'], body['title'], body['more']]).toEqual([200, `${documentId}#20`, documentId, 'Guide', { before: true, after: true }])
    expect(body.passages.map((one) => one.id)).toEqual([18, 19, 20, 21, 22].map((place) => `${documentId}#${place}`))
    expect(Object.keys(body.passages[0]!)).toEqual(['id', 'text', 'start', 'end', 'headings', 'line'])
    expect((await read(`id=${id}`)).body.passages.length).toBe(25)
    expect((await read(`id=${encodeURIComponent(`${documentId}#39`)}&around=50`)).body['more']).toEqual({ before: false, after: false })
    expect((await read(`id=${encodeURIComponent(`${documentId}#0`)}&around=0`)).body['more']).toEqual({ before: false, after: true })
  })

  it('tells an address of the web, and none of the disk', async () => {
    const { read } = await asking()
    expect((await read(`id=${encodeURIComponent(`${documentId}#0`)}`)).body['uri']).toBeUndefined()
    const web = handlerOf({ passages: () => of([passage('a', { documentId: 'd', id: 'd#0', uri: 'https://example.com/d' })]) })
    expect(((await (await web.fetch(get('/v1/passages?id=d%230'))).json()) as { uri: string }).uri).toBe('https://example.com/d')
  })

  it.each(['', 'id=', 'id=a', 'id=%23', 'id=%230', 'id=a%23x', 'id=a%23-1', 'id=a%231.5', 'id=a%2399999999999', 'id=a%231&around=51', 'id=a%231&around=-1', 'id=a%231&around=x'])('refuses %j', async (query) => {
    const { read, passages } = await asking()
    expect((await read(query)).status).toBe(400)
    expect(passages).not.toHaveBeenCalled()
  })

  it.each(['/etc/passwd#0', '../../../etc/passwd#0', '..%2f..%2fetc/passwd#0', 'file:///etc/passwd#0', 'package.json#0', './package.json#0', '__proto__#0', 'constructor#0', `${documentId}/../guide.md#0`, `${documentId}#40`, `${documentId}\0#0`, 'C:\\Windows\\win.ini#0'])('knows only what is in the index: %j', async (id) => {
    const { read } = await asking()
    expect(await read(`id=${encodeURIComponent(id)}`)).toEqual({ status: 404, body: { error: { code: 'no-passage', message: 'There is no such passage in the index' } } })
  })

  it('opens nothing without a store, nothing that the pipeline keeps back, and wants the token', async () => {
    const query = `/v1/passages?id=${encodeURIComponent(`${documentId}#0`)}`
    expect((await handlerOf().fetch(get(query))).status).toBe(404)
    expect((await handlerOf({ passages: () => of([]) }).fetch(get(query))).status).toBe(404)
    expect((await handlerOf({ token: 'a-token-of-sixteen', passages: () => of(all) }).fetch(get(query))).status).toBe(401)
  })
})
