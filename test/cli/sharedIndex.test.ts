import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { newIndexes } from '../support/pgliteServer.ts'
import { type RunOptions, buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

describe('riffle with an index in PostgreSQL', () => {
  const { server, newAddress } = newIndexes()
  beforeAll(buildCommand)

  /** The password never shows, whatever is printed. */
  const run = async (args: readonly string[], options?: RunOptions) => {
    const result = await runRiffle(args, options)
    expect(result.stdout + result.stderr).not.toContain('secret')
    return result
  }
  const folder = () => {
    const path = temporaryFolder()
    writeFileSync(join(path, 'heron.md'), '# Heron\n\nThe heron waits in shallow water.')
    writeFileSync(join(path, 'otter.md'), '# Otter\n\nThe otter swims all day.')
    return path
  }

  it('indexes, updates, searches, answers, evaluates and checks as with a file', async () => {
    const [data, index] = [folder(), newAddress()]
    const first = await run(['index', '--data', data, '--index', index, '--embedding-model', 'hashed'])
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(': 2 documents, 2 passages') })
    writeFileSync(join(data, 'otter.md'), '# Otter\n\nThe otter sleeps.')
    const second = await run(['index', '--data', data, '--index', index, '--embedding-model', 'hashed'])
    expect(second.stderr).toContain('Indexed 1 document')

    const words = await run(['search', 'what does a heron do', '--index', index, '--retrieval', 'bm25', '--format', 'ndjson'])
    expect(words.stdout).toContain('The heron waits in shallow water.')
    const both = await run(['search', 'otter', '--index', index, '--format', 'ndjson', '--filter', 'title=Otter'])
    expect(both.stdout.trim().split('\n').map((line) => (JSON.parse(line) as { text: string }).text)).toEqual([expect.stringContaining('The otter sleeps.')])
    const answer = await run(['ask', 'Where does the heron wait?', '--index', index, '--quiet'])
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining('shallow water') })
    const batch = await run(['batch', '-', '--index', index, '--out', join(temporaryFolder(), 'answers.jsonl'), '--model', 'extractive'], { input: 'Where does the heron wait?\n' })
    expect(batch.code).toBe(0)
    const qrels = join(data, 'qrels.tsv')
    writeFileSync(qrels, `q1 0 ${data.split('/').at(-1)}/heron.md 1\n`)
    const queries = join(data, 'queries.jsonl')
    writeFileSync(queries, '{"id":"q1","text":"heron"}\n')
    const evaluated = await run(['eval', '--index', index, '--queries', queries, '--qrels', qrels, '--format', 'json'])
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ results: [{ queries: 1, missing: 0 }] })
    expect(await run(['index', '--check', '--index', index])).toMatchObject({ code: 0, stdout: expect.stringMatching(/: whole \(2 files, 2 documents, 2 passages, 2 embeddings\)\n$/) })
  })

  it('takes in changes with --watch, until Ctrl-C', async () => {
    const [data, index] = [folder(), newAddress()]
    let isWritten = false
    const watched = await run(['index', '--data', data, '--index', index, '--watch'], {
      onOutput(child, { stderr }) {
        if (stderr.includes('Watching') && !isWritten) {
          isWritten = true
          writeFileSync(join(data, 'beaver.md'), '# Beaver\n\nThe beaver builds.')
        }
        if (stderr.includes('Indexed 1 document')) child.kill('SIGINT')
      },
    })

    expect(watched.code).toBe(0)
    expect((await run(['search', 'beaver', '--index', index])).stdout).toContain('The beaver builds.')
  })

  it('says in one line what is wrong, and how to build a broken one again', async () => {
    const [data, index] = [folder(), newAddress()]
    const missing = await run(['search', 'heron', '--index', index])
    expect(missing).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^riffle: No index at postgres:\/\/postgres@127\.0\.0\.1:\d+\/postgres\?schema=test_\d+\. Make it: .*\n$/) })
    const away = await run(['index', '--data', data, '--index', 'postgres://me:secret@127.0.0.1:9/docs'])
    expect(away).toMatchObject({ code: 2, stderr: 'riffle: Cannot open the index postgres://me@127.0.0.1:9/docs: no PostgreSQL answers there. Is it running?\n' })
    expect(await run(['search', 'x', '--index', 'postgres://me:secret@[host/docs'])).toMatchObject({ code: 2, stderr: expect.stringMatching(/^riffle: Expected the address of the index to be like .*\n$/) })

    await run(['index', '--data', data, '--index', index])
    await server().db.exec(`DELETE FROM ${new URL(index).searchParams.get('schema')}.postings`)
    const broken = await run(['index', '--check', '--index', index])
    expect(broken.code).toBe(1)
    expect(broken.stdout).toMatch(/: 2 passages cannot be found by all of their words\n.*psql postgres:\/\/postgres@[\d.:]+\/postgres -c 'DROP SCHEMA test_\d+ CASCADE' && riffle index --data/)
  })
})
