import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type SimulatorOptions, startSimulator } from 'riffle-rx/simulator'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { ScoredPassage } from '../../src/types/document.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join('')

/** Four documents; by words alone the first is a little better for "heron water", by how the words stand together the second is best. */
function collection() {
  const folder = temporaryFolder()
  const path = (name: string) => join(folder, name)
  const texts = ['Heron met crow, owl, goose, water.', 'Heron water met crow, owl, goose, tern.', 'Swans fly south.', 'Bats hunt at night.']
  writeFileSync(path('corpus.jsonl'), lines(texts.map((text, index) => JSON.stringify({ id: `d${index + 1}`, text }))))
  writeFileSync(path('queries.jsonl'), lines(['{"id":"q1","text":"heron water"}']))
  writeFileSync(path('qrels.tsv'), lines(['query-id\tcorpus-id\tscore', 'q1\td2\t1']))
  return { path, data: ['--data', path('corpus.jsonl'), '--no-cache', '--quiet'] }
}

async function server(options: SimulatorOptions) {
  const started = await startSimulator(options)
  onTestFinished(() => started.close())
  return { ...started, asked: ['--base-url', started.url, '--model', 'scripted'] }
}
const found = async (words: readonly string[]) => {
  const { stdout, code, stderr } = await runRiffle(['search', 'heron water', '--format', 'ndjson', ...words])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout.trim().split('\n').map((line) => JSON.parse(line) as ScoredPassage)
}
const idsOf = (passages: readonly ScoredPassage[]) => passages.map(({ id }) => id.replace(/^.*jsonl#/, ''))

describe('riffle with --rerank, --diversify and --neighbours', () => {
  it('shows the new ranking in search, in a run, and in eval', async () => {
    const { path, data } = collection()

    expect(idsOf(await found(data))).toEqual(['d1#0', 'd2#0'])
    expect(idsOf(await found([...data, '--rerank', 'offline']))).toEqual(['d2#0', 'd1#0'])
    expect(idsOf(await found([...data, '--rerank', 'offline', '--top-k', '1', '--candidates', '2']))).toEqual(['d2#0'])

    const queries = [...data, '--queries', path('queries.jsonl')]
    const run = await runRiffle(['search', ...queries, '--rerank', 'offline', '--candidates', '1', '--run', path('one.run')])
    expect(run.code).toBe(0)
    expect(readFileSync(path('one.run'), 'utf8')).toMatch(/^q1 Q0 d1 1 .*\nq1 Q0 d2 2 /)
    const judge = async (...more: readonly string[]) => {
      const { stdout } = await runRiffle(['eval', '--qrels', path('qrels.tsv'), ...queries, '--format', 'json', ...more])
      return (JSON.parse(stdout) as { results: { 'MRR@10': number }[] }).results[0]?.['MRR@10']
    }
    expect([await judge(), await judge('--rerank', 'offline'), await judge('--rerank', 'offline', '--candidates', '1')]).toEqual([0.5, 1, 0.5])
  })

  it('widens and chooses passages', async () => {
    const folder = temporaryFolder()
    const sentences = ['Herons wait.', 'They stand in the shallow water.', 'Then they strike.', 'Owls sleep by day.', 'They hunt by night.']
    writeFileSync(join(folder, 'birds.txt'), sentences.join('\n\n'))
    writeFileSync(join(folder, 'copy.txt'), 'They stand in the shallow water.')
    writeFileSync(join(folder, 'eagles.txt'), 'Eagles fly very high above all.')
    writeFileSync(join(folder, 'sea.txt'), 'Deep seas have salt water.')
    const data = ['--data', folder, '--no-cache', '--quiet', '--passage-tokens', '8', '--overlap-tokens', '0']
    const search = async (...more: readonly string[]) => {
      const { stdout } = await runRiffle(['search', 'shallow water, eagles', ...data, '--format', 'ndjson', ...more])
      return stdout.trim().split('\n').map((line) => (JSON.parse(line) as ScoredPassage).text)
    }

    expect(await search('--top-k', '2')).toEqual([sentences[1], sentences[1]])
    expect(await search('--top-k', '2', '--diversify')).toEqual([sentences[1], 'Eagles fly very high above all.'])
    expect(await search('--top-k', '1', '--neighbours', '1')).toEqual([sentences.slice(0, 3).join('\n\n')])
  })

  it('asks the model for the ranking first, then for the answer, and counts both', async () => {
    const { data } = collection()
    const { asked, record } = await server({ script: { answers: [{ text: '2, 1' }, { text: 'By the water [1].' }] } })

    const { code, stdout } = await runRiffle(['ask', 'heron water', ...data, ...asked, '--rerank', 'llm', '--format', 'ndjson'])

    const chunks = stdout.trim().split('\n').map((line) => JSON.parse(line) as { type: string; passages: ScoredPassage[]; calls: { purpose: string }[] })
    expect(code).toBe(0)
    expect(record.requests).toHaveLength(2)
    expect(idsOf(chunks.find(({ type }) => type === 'sources')?.passages ?? [])).toEqual(['d2#0', 'd1#0'])
    expect(chunks.find(({ type }) => type === 'usage')?.calls.map(({ purpose }) => purpose)).toEqual(['rerank', 'answer'])
  })

  it('keeps the first ranking in ask when the model gives none, and says so', async () => {
    const { path } = collection()
    const { asked } = await server({ script: { answers: [{ text: 'I will not.' }, { text: 'By the water [1].' }] } })

    const { code, stdout, stderr } = await runRiffle(['ask', 'heron water', '--data', path('corpus.jsonl'), '--no-cache', ...asked, '--rerank', 'llm'])

    expect([code, stdout]).toEqual([0, 'By the water [1].\n'])
    expect(stderr).toContain('Ranking anew failed, the first ranking stands: ')
  })

  it('ranks in batch, as part of the settings that a run goes on with', async () => {
    const { path, data } = collection()
    const { asked } = await server({ script: { answers: [{ text: '2, 1' }, { text: 'Yes [1].' }] } })
    const batch = (...more: readonly string[]) => runRiffle(['batch', path('queries.jsonl'), ...data, ...asked, '--out', path('out.jsonl'), ...more])

    expect((await batch('--rerank', 'llm')).code).toBe(0)
    const row = JSON.parse(readFileSync(path('out.jsonl'), 'utf8')) as { answer: string; usage: { calls: { purpose: string }[] } }
    expect(row.usage.calls.map(({ purpose }) => purpose)).toEqual(['rerank', 'answer'])
    expect((await batch()).stderr).toContain('--rerank')
  })

  it.each<[readonly string[], RegExp]>([
    [['ask', '--rerank', 'llm'], /--rerank llm asks a model/],
    [['search', '--candidates', '9'], /--candidates needs --rerank or --diversify/],
    [['search', '--rerank', 'offline', '--candidates', '2'], /at least --top-k \(5\), got 2/],
    [['search', '--neighbours', '0'], /--neighbours to be a whole number from 1, got 0/],
    [['search', '--rerank', 'best'], /Choices: "offline"/],
  ])('refuses %j in one line', async ([command = '', ...more], what) => {
    const { data } = collection()
    const { code, stderr } = await runRiffle([command, 'heron', ...data, ...more])

    expect(code).toBe(2)
    expect(stderr).toMatch(what)
  })

  it('refuses what is for one query in a run of many', async () => {
    const { path, data } = collection()

    expect((await runRiffle(['search', ...data, '--queries', path('queries.jsonl'), '--diversify'])).stderr).toContain('are for one query')
    expect((await runRiffle(['eval', '--qrels', path('qrels.tsv'), '--run', 'x', '--rerank', 'offline'])).stderr).toContain('--rerank is for what is searched for')
  })
})
