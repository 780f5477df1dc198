import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SimulatorOptions, startSimulator } from 'riffle-rx/simulator'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { wholeRows } from '../support/killedBatch.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

/** A question that three short documents answer. */
async function threeBirds(script: SimulatorOptions['script']) {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'docs'))
  for (const bird of ['Herons', 'Gulls', 'Terns']) writeFileSync(join(folder, `docs/${bird}.md`), `${bird} eat fish.`)
  writeFileSync(join(folder, 'q.jsonl'), '{"id":"a","question":"Which birds eat fish?"}\n')
  const server = await startSimulator({ ...(script && { script }) })
  onTestFinished(() => server.close())
  const run = (...args: readonly string[]) => runRiffle([...args, '--no-cache', '--base-url', server.url, '--model', 'm', '--retrieval', 'bm25'], { cwd: folder })
  const batch = (...args: readonly string[]) => run('batch', 'q.jsonl', '--data', 'docs', '--out', 'a.jsonl', ...args)
  return { folder, server, run, batch, row: (file = 'a.jsonl') => wholeRows(join(folder, file))[0] }
}

const cutFirst = (fault: object) => [{ text: 'One.' }, { text: 'Two or more.', fault }, { text: 'Three.' }, { text: 'Four.' }] as SimulatorOptions['script']

describe('riffle batch --mode', () => {
  it.each([
    ['refine', 'Four.', 4],
    ['tree-summarize', 'Three.', 2],
    ['accumulate', ['One.', 'Three.', 'Four.'], 4],
    ['simple', 'One.', 1],
  ] as const)('%s makes its calls, and starts only the one again that breaks off', async (mode, answer, requests) => {
    const script = cutFirst({ type: 'close', afterEvents: 3 })
    const { server, batch, row } = await threeBirds(mode === 'tree-summarize' ? [{ text: 'One or more.', fault: { type: 'close', afterEvents: 3 } }, { text: 'Three.' }] : script)
    expect((await batch('--mode', mode)).code).toBe(0)
    const { answer: text, usage } = row() as { answer: string; usage: { calls: unknown[] } }

    // The parts of accumulate are asked for at once, so that any of them may be the one that breaks off.
    if (typeof answer === 'string') expect(text).toBe(answer)
    else expect(text.split('\n\n---\n\n').toSorted()).toEqual(answer.toSorted())
    expect([server.record.requests.length, usage.calls.length]).toEqual([requests, requests])
    expect(row()).toMatchObject({ attempts: requests === 1 ? 1 : 2, finishReason: 'stop', sources: [{}, {}, {}] })
  })

  it('refuses to mix modes, and to be given without documents', async () => {
    const { batch, run } = await threeBirds({ text: 'One.' })
    await batch()
    expect((await batch('--mode', 'refine')).stderr).toContain('--mode was compact, now refine')
    const alone = await runRiffle(['batch', 'examples/questions.jsonl', '--no-retrieval', '--mode', 'refine', '--out', join(temporaryFolder(), 'a.jsonl')])
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('--mode says how answers are made from documents')])
    expect((await run('batch', 'q.jsonl', '--data', 'docs', '--out', 'b.jsonl', '--mode', 'guess')).code).toBe(2)
  })

  it('gives all calls of a row together the time of --row-timeout', async () => {
    const { server, batch, folder } = await threeBirds({ text: 'A b c d e f g.', delayMs: 100 })
    expect((await batch('--mode', 'refine', '--row-timeout', '1')).code).toBe(4)
    expect(wholeRows(join(folder, 'a.jsonl.failed.jsonl'))[0]).toMatchObject({ error: { message: expect.stringContaining('The answer took longer than 1 s') as unknown } })
    expect(server.record.requests.length).toBeLessThan(3)
  })

  it('answers without a model', async () => {
    const { server, batch, row } = await threeBirds({ text: 'One.' })
    expect((await batch('--mode', 'context-only')).code).toBe(0)
    expect(row()).toMatchObject({ answer: expect.stringContaining('[3] ') as unknown, usage: { calls: [] } })
    expect(server.record.requests).toEqual([])
  })
})

describe('riffle bench --mode', () => {
  it('measures an answer with all its calls', async () => {
    const { server, run, folder } = await threeBirds({ text: 'One two.' })
    const { code, stderr } = await run('bench', 'q.jsonl', '--data', 'docs', '--mode', 'refine', '--requests', '2', '--warm-up', '0', '--quiet', '--out', 'run')
    expect([code, stderr]).toEqual([0, ''])
    // One before all, to find what cannot work.
    expect(server.record.requests).toHaveLength((1 + 2) * 3)
    expect(wholeRows(join(folder, 'run/requests.jsonl')).length).toBeGreaterThan(1)
  })

  it('is for documents', async () => {
    const { code, stderr } = await runRiffle(['bench', '--base-url', 'http://127.0.0.1:9/v1', '--model', 'm', '--mode', 'refine'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--mode says how answers are made from documents')])
  })
})

describe('riffle ask', () => {
  it('lists the sources of an answer in parts by part, in each of which they count from 1', async () => {
    const { run } = await threeBirds({ text: 'They do [1].' })
    const { stderr } = await run('ask', 'Which birds eat fish?', '--data', 'docs', '--mode', 'accumulate')
    const listed = [...stderr.matchAll(/ {2}part (\d) \[1\] docs\/(\w+)\.md:1/g)].map(([, part, bird]) => [part, bird])
    expect(listed.map(([part]) => part)).toEqual(['1', '2', '3'])
    expect(new Set(listed.map(([, bird]) => bird))).toEqual(new Set(['Gulls', 'Herons', 'Terns']))
  })

  it('takes brackets in code for no sources', async () => {
    const { run } = await threeBirds({ text: 'Write `birds[1]`.' })
    expect((await run('ask', 'Which birds eat fish?', '--data', 'docs')).stderr).toContain('Read, but not cited')
  })
})
