import { describe, expect, it } from 'vitest'
import { type Api, RefusedError } from '../../src/page/api.ts'
import type { AnswerEvent } from '../../src/page/events.ts'
import { follow } from '../../src/page/follow.ts'

const run = '0'.repeat(32)
const said = (from: number, to: number, last = false) =>
  `id: ${run}-0\nevent: run\ndata: {"run":"${run}"}\n\n: still here\n\n${Array.from({ length: to - from }, (_, index) => `id: ${run}-${from + index + 1}\nevent: text\ndata: {"type":"text","text":"${from + index}é"}\n\n`).join('')}${last ? `id: ${run}-${to + 1}\nevent: done\ndata: {"type":"done","reason":"stop"}\n\n` : ''}`

/** A body in pieces of so many bytes; breaks at its end. */
function broken(text: string, size: number): Response {
  const bytes = new TextEncoder().encode(text)
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) return controller.error(new TypeError('network error'))
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
  return new Response(body)
}

interface Asked {
  asks: number
  readonly resumes: (string | undefined)[]
}

function fakeApi(replies: readonly (() => Response)[]): Api & Asked {
  const left = [...replies]
  const reply = async () => (left.shift() ?? (() => { throw new Error('No more replies') }))()
  const api = {
    asks: 0,
    resumes: [] as (string | undefined)[],
    price: async () => undefined,
    ask: async () => (api.asks++, reply()),
    resume: async (_: string, id: string | undefined) => (api.resumes.push(id), reply()),
    stop: async () => undefined,
    passage: async () => { throw new Error('none') },
  }
  return api
}

async function followed(api: Api, wanted: Parameters<typeof follow>[1] = { question: 'a', history: [] }) {
  const events: AnswerEvent[] = []
  const told: string[] = []
  const failure = await follow(api, wanted, {
    onEvent: (event) => events.push(event),
    onLost: (_, now) => (told.push('lost'), now()),
    onBack: () => told.push('back'),
  }).then(() => undefined, (error: unknown) => error)
  return { texts: events.flatMap((event) => (event.type === 'text' ? [event.text] : [])), last: events.at(-1)?.type, told, failure }
}

const refuse = (status: number, code: string) => (): Response => {
  throw new RefusedError(status, { code, message: code })
}

describe('follow', () => {
  it.each([1, 2, 7, 1000])('reads events cut into pieces of %i bytes, and comes back behind the last one', async (size) => {
    const api = fakeApi([() => broken(said(0, 3), size), refuse(502, 'gateway'), () => broken(said(3, 5), size), () => new Response(said(5, 6, true))])
    expect(await followed(api)).toEqual({ texts: ['0é', '1é', '2é', '3é', '4é', '5é'], last: 'done', told: ['lost', 'lost', 'back', 'lost', 'back'], failure: undefined })
    expect([api.asks, api.resumes]).toEqual([1, [`${run}-3`, `${run}-3`, `${run}-5`]])
  })

  it('never asks twice: what fails before there is a run is an error', async () => {
    for (const reply of [() => { throw new TypeError('network') }, refuse(503, 'busy'), refuse(401, 'token')]) {
      const api = fakeApi([reply])
      expect((await followed(api)).failure).toBeInstanceOf(Error)
      expect([api.asks, api.resumes]).toEqual([1, []])
    }
  })

  it('gives up when the run is no longer kept, and after fifteen tries', async () => {
    expect((await followed(fakeApi([() => broken(said(0, 1), 9), refuse(404, 'no-run')]))).failure).toMatchObject({ status: 404 })
    const api = fakeApi([() => broken(said(0, 1), 9), ...Array.from({ length: 20 }, () => () => { throw new TypeError('network') })])
    expect((await followed(api)).failure).toBeInstanceOf(TypeError)
    expect(api.resumes.length).toBe(15)
  })

  it('follows a run from its beginning, and ends when nothing follows', async () => {
    const api = fakeApi([() => new Response(said(0, 2, true))])
    expect((await followed(api, { run })).texts).toEqual(['0é', '1é'])
    expect([api.asks, api.resumes]).toEqual([0, [undefined]])
    expect((await followed(fakeApi([() => new Response(null, { status: 204 })]), { run })).last).toBe('done')
  })

  it('comes back when it fell behind what is kept', async () => {
    const cut = `${said(0, 1)}event: cut\ndata: {"message":"behind"}\n\n`
    const api = fakeApi([() => new Response(cut), () => new Response(said(1, 2, true))])
    expect((await followed(api)).texts).toEqual(['0é', '1é'])
  })
})
