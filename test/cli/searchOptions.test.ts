import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

function birds() {
  const folder = temporaryFolder()
  const data = join(folder, 'birds.jsonl')
  writeFileSync(data, ['{"id":"a","text":"The heron waits in shallow water.","year":2019,"lang":"en"}', '{"id":"b","text":"Water is shallow where herons wait.","year":2021,"lang":"en"}', '{"id":"c","text":"Die Häuser am Wasser, und ein heron.","year":2021,"lang":"de"}'].join('\n'))
  return { data, index: join(folder, 'birds.sqlite') }
}
const search = async (...args: string[]) => {
  const { code, stdout, stderr } = await runRiffle(['search', ...args, '--format', 'ndjson', '--quiet'])
  const lines = stdout.split('\n').filter((line) => line !== '')
  return { code, stderr, ids: lines.map((line) => (JSON.parse(line) as { documentId: string }).documentId.slice(-1)).toSorted((a, b) => a.localeCompare(b)), lines }
}

describe('riffle search', () => {
  it('keeps to documents that match all filters, from documents and from an index', async () => {
    const { data, index } = birds()
    const direct = await search('heron', '--data', data, '--no-cache', '--filter', 'year>=2020', '--filter', 'lang=en')
    await runRiffle(['index', '--data', data, '--index', index, '--quiet'])
    const stored = await search('heron', '--index', index, '--filter', 'year>=2020', 'lang=en')

    expect([direct.code, direct.ids]).toEqual([0, ['b']])
    expect([stored.code, stored.ids]).toEqual([0, ['b']])
  })

  it('keeps to what has the phrase, and takes k1 and b', async () => {
    const { data } = birds()
    const phrase = await search('"shallow water"', '--data', data, '--no-cache')
    const plain = await search('heron water', '--data', data, '--no-cache')
    const tuned = await search('heron water', '--data', data, '--no-cache', '--k1', '0', '--b', '0')

    expect(phrase.ids).toEqual(['a'])
    expect(tuned.lines.map((line) => (JSON.parse(line) as { score: number }).score)).not.toEqual(plain.lines.map((line) => (JSON.parse(line) as { score: number }).score))
  })

  it('reads an index in the language that made it, and refuses another', async () => {
    const { data, index } = birds()
    await runRiffle(['index', '--data', data, '--index', index, '--language', 'german', '--quiet'])

    expect((await search('Haus', '--index', index)).ids).toEqual(['c'])
    for (const args of [['--index', index, '--language', 'french'], ['--index', index, '--data', data]]) {
      const { code, stderr } = await search('Haus', ...args)
      expect([code, stderr.trimEnd().split('\n')]).toEqual([2, [expect.stringMatching(/index.*language german, asked for was (french|english)/)]])
    }
  })

  it.each([
    [['--filter', 'year>>2'], /^riffle: --filter "year>>2": expected .* at character 5\.$/],
    [['--b', '2'], /^riffle: Expected --b to be a number from 0 to 1, got 2\.$/],
    [['--language', 'klingon'], /language/],
  ])('says in a line what is wrong with %j', async (args, message) => {
    const { code, stderr } = await search('heron', '--data', birds().data, '--no-cache', ...args)

    expect([code, stderr.trimEnd().split('\n')]).toEqual([2, [expect.stringMatching(message)]])
  })
})
