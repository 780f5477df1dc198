import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'
import { sharedData } from '../support/sharedData.ts'

beforeAll(buildCommand)

/** A collection of four documents, two queries and what is right for them. */
function collection() {
  const folder = temporaryFolder()
  const write = (name: string, lines: readonly string[]) => {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''))
    return join(folder, name)
  }
  return {
    folder,
    write,
    corpus: write('corpus.jsonl', ['{"id":"d1","text":"The heron waits in the shallow water."}', '{"id":"d2","text":"The kingfisher dives into the water."}', '{"id":"d3","title":"Owls","text":"They hunt at night."}', '{"id":"d4","text":"Geese fly south."}']),
    queries: write('queries.jsonl', ['{"id":"q1","text":"heron in water"}', '{"id":"q2","text":"owl"}']),
    qrels: write('qrels.tsv', ['query-id\tcorpus-id\tscore', 'q1\td1\t2', 'q1\td2\t1', 'q2\td3\t1']),
  }
}

describe('riffle search --queries and riffle eval', () => {
  it('writes a run and judges it; searching at once gives the same', async () => {
    const { folder, corpus, queries, qrels } = collection()
    const run = join(folder, 'words.run')
    const searched = await runRiffle(['search', '--data', corpus, '--no-cache', '--queries', queries, '--run', run, '--quiet'])
    const perQuery = join(folder, 'each.jsonl')
    const judged = await runRiffle(['eval', '--qrels', qrels, '--run', run, '--per-query', perQuery, '--format', 'json'])
    const atOnce = await runRiffle(['eval', '--qrels', qrels, '--data', corpus, '--no-cache', '--queries', queries, '--format', 'json', '--quiet'])

    expect([searched.code, searched.stdout]).toEqual([0, ''])
    expect(readFileSync(run, 'utf8')).toMatch(/^q1 Q0 d1 1 [\d.]+ riffle\nq1 Q0 d2 2 [\d.]+ riffle\nq2 Q0 d3 1 [\d.]+ riffle\n$/)
    const all = { queries: 2, missing: 0, unjudged: 0, 'nDCG@10': 1, 'Recall@100': 1, 'MRR@10': 1, MAP: 1 }
    expect(JSON.parse(judged.stdout)).toEqual({ results: [{ name: run, ...all }] })
    expect(JSON.parse(atOnce.stdout)).toEqual({ results: [{ name: corpus, ...all }] })
    expect(readFileSync(perQuery, 'utf8').trim().split('\n').map((line) => (JSON.parse(line) as { query: string }).query)).toEqual(['q1', 'q2'])
  })

  it('compares two runs, and tells what was not found and what was not judged', async () => {
    const { write, qrels } = collection()
    const [a, b] = [write('a.run', ['q1 Q0 d1 1 2 x', 'q1 Q0 d2 2 1 x', 'q2 Q0 d3 1 1 x']), write('b.run', ['q1 Q0 d9 1 3 x', 'q1 Q0 d1 2 2 x', 'q9 Q0 d1 1 1 x'])]
    const { code, stdout, stderr } = await runRiffle(['eval', '--qrels', qrels, '--run', a, '--run', b])

    expect(code).toBe(0)
    expect(stdout).toMatch(/a\.run +1\.0000 +1\.0000 +1\.0000 +1\.0000\n.*b\.run .*\ndifference +−.*\np, by chance alone +0\.\d{4}/)
    expect(stderr).toContain('nothing was found for 1 of the queries')
    expect(stderr).toContain('1 of its queries have no relevant document')
  })

  it.each<[string, (files: ReturnType<typeof collection>) => string[], RegExp]>([
    ['no judgements', ({ corpus }) => ['--run', corpus], /Name the judgements/],
    ['nothing to judge', ({ qrels }) => ['--qrels', qrels], /Name what to judge/],
    ['queries without documents', ({ qrels, queries }) => ['--qrels', qrels, '--queries', queries], /needs both documents/],
    ['a run that is none', ({ qrels, corpus }) => ['--qrels', qrels, '--run', corpus], /corpus\.jsonl:1: expected/],
    ['a document twice', ({ qrels, write }) => ['--qrels', qrels, '--run', write('c.run', ['q1 Q0 d1 1 2 x', 'q1 Q0 d1 2 1 x'])], /c\.run:2: the document d1 is there twice/],
    ['a grade that is none', ({ write }) => ['--qrels', write('q', ['q1 0 d1 1', 'q1 0 d2 good']), '--run', 'x'], /q:2: expected a whole number/],
    ['judgements that are not there', () => ['--qrels', 'nowhere', '--run', 'x'], /Cannot read nowhere/],
    ['three runs', ({ qrels, write }) => ['--qrels', qrels, ...['a', 'b', 'c'].flatMap((name) => ['--run', write(name, ['q1 Q0 d1 1 2 x'])])], /Two rankings can be compared/],
  ])('ends with one clear line: %s', async (_, args, message) => {
    const { code, stdout, stderr } = await runRiffle(['eval', ...args(collection()), '--quiet'])

    expect([code, stdout, stderr.trimEnd().split('\n')]).toEqual([2, '', [expect.stringMatching(message)]])
  })
})

describe.skipIf(!sharedData)('ranking by words, from the command', () => {
  it.each([
    ['cranfield', 'nDCG@10', 0.515],
    ['npl', 'MAP', 0.29],
    ['npl', 'nDCG@10', 0.435],
  ])('is at the published level: %s, %s', async (name, metric, least) => {
    const at = (file: string) => join(sharedData ?? '', 'ir', name, file)
    const { stdout } = await runRiffle(['eval', '--data', at('corpus.jsonl'), '--no-cache', '--queries', at('queries.jsonl'), '--qrels', at('qrels.tsv'), '--format', 'json', '--quiet'])
    const { results } = JSON.parse(stdout) as { results: readonly Record<string, number>[] }

    expect(results[0]?.[metric]).toBeGreaterThanOrEqual(least)
  }, 120_000)
})
