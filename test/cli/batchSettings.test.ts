import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { batchOf, idsInOrder, idsOf } from '../support/batchOf.ts'
import { wholeRows, writeQuestions } from '../support/killedBatch.ts'
import { buildCommand, runRiffle } from '../support/runRiffle.ts'

beforeAll(buildCommand)

const warm = ['--temperature', '1']

describe('a file whose rows were made with different settings', () => {
  it('says so to whoever goes on with either of them, until told to mix', async () => {
    const { folder, out, run } = await batchOf(2)
    await run()
    writeQuestions(folder, 5)
    expect((await run([...warm, '--force'])).code).toBe(0)
    writeQuestions(folder, 6)
    const [first, second] = [await run(), await run(warm)]

    expect([first.code, first.stderr]).toEqual([2, expect.stringContaining('3 of the 5 rows of ')])
    expect(first.stderr).toContain('were made with other settings: --temperature was 1, now not set.')
    expect([second.code, second.stderr]).toEqual([2, expect.stringContaining('2 of the 5 rows of ')])
    expect(second.stderr).toContain('were made with other settings: --temperature was not set, now 1.')
    expect((await run([...warm, '--force'])).code).toBe(0)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(6))
  })

  it('tells of each row which they were', async () => {
    const { folder, out, run } = await batchOf(2)
    await run()
    writeQuestions(folder, 3)
    await run([...warm, '--force'])
    const { configurations } = JSON.parse(readFileSync(`${out}.run.json`, 'utf8')) as { configurations: Record<string, Record<string, unknown>> }
    const settingsOf = (id: string) => configurations[String(wholeRows(out).find((row) => row['id'] === id)?.['key']).split('-')[1] ?? '']

    expect([settingsOf('row-0'), settingsOf('row-2')]).toEqual([{ '--format': 'jsonl', '--model': 'm' }, { '--format': 'jsonl', '--model': 'm', '--temperature': 1 }])
  })

  it('is still a file of the first settings after a run with others that wrote nothing', async () => {
    const { run } = await batchOf(2)
    await run()
    expect((await run([...warm, '--force'])).code).toBe(0)

    expect((await run()).code).toBe(0)
    expect((await run(warm)).stderr).toContain('was made with other settings: --temperature was not set, now 1')
  })

  it('is not added to when nothing tells how its rows were made', async () => {
    const { out, run } = await batchOf(2)
    await run()
    rmSync(`${out}.run.json`)
    const refused = await run()
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('has 2 answers of which')])
    writeFileSync(`${out}.run.json`, '{"configurations":{"0123456789abcdef":{}}}')
    expect((await run()).code).toBe(2)
    expect((await run(['--force'])).code).toBe(0)
  })
})

describe('a path that would be written over another', () => {
  it.each([
    ['the questions', (folder: string) => [join(folder, 'questions.jsonl')]],
    ['the questions by another way', (folder: string) => [join(folder, '.', 'there', '..', 'questions.jsonl')]],
    ['the questions by a link', (folder: string) => [join(folder, 'link.jsonl')]],
    ['the folder of the answers', (folder: string) => [join(folder, 'new'), '--files', join(folder, 'there', '..', 'new')]],
    ['an answer', (folder: string) => [join(folder, 'there', 'row-0.md'), '--files', join(folder, 'there')]],
    ['the failures', (folder: string) => [join(folder, 'a.jsonl'), '--files', join(folder, 'a.jsonl.failed.jsonl')]],
  ])('is refused with one line before anything is written: %s', async (_, outOf) => {
    const { folder, questions, run, server } = await batchOf(2)
    mkdirSync(join(folder, 'there'))
    symlinkSync(questions, join(folder, 'link.jsonl'))
    const before = [readdirSync(folder), readFileSync(questions, 'utf8')]
    const { code, stderr } = await run(['--out', ...outOf(folder)])

    expect([code, stderr.trim().split('\n').length, server.record.requests.length]).toEqual([2, 1, 0])
    expect(stderr).toMatch(/^riffle: (--out|Expected --files|An answer in --files)/)
    expect([readdirSync(folder), readFileSync(questions, 'utf8')]).toEqual(before)
  })

  it('is that of the failures too, when they are given as questions', async () => {
    const { out, args, run } = await batchOf(1, { script: { fault: { type: 'status', status: 400 } } })
    await run()
    const { code, stderr } = await runRiffle(['batch', `${out}.failed.jsonl`, ...args.slice(1)])
    expect([code, stderr]).toEqual([2, expect.stringContaining('--retry-failed')])
    expect(existsSync(`${out}.failed.jsonl`)).toBe(true)
  })
})
