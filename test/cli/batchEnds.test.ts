import { execFile, spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Fault } from 'riffle-rx/simulator'
import { batchOf, idsInOrder, idsOf, signalAt } from '../support/batchOf.ts'
import { wholeRows } from '../support/killedBatch.ts'
import { buildCommand, command } from '../support/runRiffle.ts'

beforeAll(buildCommand)

/** Everything that a server does wrong and a second attempt may not see. */
const faults: readonly Fault[] = [
  { type: 'status', status: 500 }, { type: 'status', status: 503 }, { type: 'status', status: 429, retryAfterMs: 5 },
  { type: 'cut', afterEvents: 2 }, { type: 'close', afterEvents: 0 }, { type: 'close', afterEvents: 3 }, { type: 'reset', afterEvents: 1 },
  { type: 'error-object', afterEvents: 1 }, { type: 'error-event', afterEvents: 2 },
  { type: 'stall', afterEvents: 2 }, { type: 'silence' }, { type: 'comments', afterEvents: 1 },
]
const firstTenth = { answers: [{ template: 'About {question}' }], faults, faultRate: 0.1 }
const rowCount = 300

describe('riffle batch on a server of which a tenth of the requests fails', () => {
  it('puts every row into the answers or, with its reason, among the failures; --retry-failed clears them', async () => {
    const { out, run, server } = await batchOf(rowCount, { script: firstTenth })
    const failuresPath = `${out}.failed.jsonl`
    const first = await run(['--max-retries', '0', '--timeout', '1', '--concurrency', '32'])
    const failed = wholeRows(failuresPath)
    const kinds = new Set(server.record.requests.flatMap(({ fault }) => (fault ?? [])))

    expect(first.code).toBe(4)
    expect([...idsOf(out), ...idsOf(failuresPath)].toSorted()).toEqual(idsInOrder(rowCount).toSorted())
    expect(failed.length).toBeGreaterThan(rowCount / 20)
    expect(kinds.size).toBe(new Set(faults.map(({ type }) => type)).size)
    for (const { error } of failed) expect(error).toEqual({ code: expect.stringMatching(/./), message: expect.stringMatching(/./), ...('status' in (error as object) && { status: expect.any(Number) }) })

    const codes = []
    while (codes.at(-1) !== 0 && codes.length < 6) codes.push((await run(['--retry-failed', '--max-retries', '0', '--timeout', '1', '--concurrency', '32'])).code)
    expect(codes.slice(0, -1).every((code) => code === 4)).toBe(true)
    expect([codes.at(-1), existsSync(failuresPath), idsOf(out).toSorted()]).toEqual([0, false, idsInOrder(rowCount).toSorted()])
  })

  it('answers all of them with retries, which the good rows pay for', async () => {
    const { out, run } = await batchOf(rowCount, { script: firstTenth })
    expect((await run(['--max-retries', '8', '--timeout', '1', '--concurrency', '32'])).code).toBe(0)
    expect(wholeRows(out).filter(({ attempts }) => Number(attempts) > 1).length).toBeGreaterThan(rowCount / 20)
  })

  it('fails a row that is larger than --tpm alone and at once, with its reason', async () => {
    const { out, questions, run, server } = await batchOf(3)
    appendFileSync(questions, `${JSON.stringify({ id: 'huge', question: 'word '.repeat(6000) })}\n`)
    expect((await run(['--tpm', '5000'])).code).toBe(4)
    expect([idsOf(out).toSorted(), server.record.requests.length]).toEqual([idsInOrder(3), 3])
    expect(wholeRows(`${out}.failed.jsonl`)).toEqual([
      expect.objectContaining({ id: 'huge', attempts: 1, error: { code: 'overflow', message: expect.stringContaining('it could never be sent') } }),
    ])
  })

  it('says each attempt that failed with --verbose, and nothing of them without', async () => {
    const script = [{ fault: { type: 'status', status: 503 } as const }, { text: 'a b c', fault: { type: 'close', afterEvents: 2 } as const }, { text: 'Whole.' }, { fault: { type: 'status', status: 400 } as const }]
    const { run } = await batchOf(2, { script })
    const { stderr } = await run(['--verbose', '--concurrency', '1'])

    expect(stderr.split('\n').filter((line) => line.startsWith('row-'))).toEqual([
      expect.stringMatching(/^row-0: attempt 1 failed: .*503.*; asking again$/),
      expect.stringMatching(/^row-0: attempt 2 failed: .*broke off.*; asking again$/),
      expect.stringMatching(/^row-1: failed at attempt 1, bad-request: .*400/),
    ])
    const quiet = await batchOf(2, { script })
    expect((await quiet.run(['--concurrency', '1'])).stderr).not.toContain('row-')
  })
})

describe('riffle batch that no row can pass', () => {
  it.each([
    ['a wrong key', { requireKey: 'right' }, /refused the API key \(401\)/],
    ['an unknown model', { models: ['other'] }, /knows no model m, or the base URL is wrong \(404\)/],
  ])('stops at %s after a few rows, with one line and exit code 1, and goes on from there', async (_, options, said) => {
    const { out, run, server } = await batchOf(200, { script: { template: 'About {question}' }, ...options })
    const stopped = await run([], { env: { OPENAI_API_KEY: 'sk-mistyped' } })
    const asked = server.record.requests.length

    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toMatch(said)
    expect(stopped.stderr).toMatch(/^riffle: Stopped, .* Mend that, then: riffle batch .* --retry-failed\n$/)
    expect(asked).toBeLessThanOrEqual(3 + 8)
    // What was not asked has not failed.
    expect([existsSync(out), wholeRows(`${out}.failed.jsonl`).length]).toEqual([false, asked])
  })

  it('goes on with the right key, and is not stopped by single rows that are refused', async () => {
    const status = (number: number) => ({ type: 'status', status: number }) as const
    const { out, run } = await batchOf(60, { script: ({ number }) => (number < 12 ? { fault: status(401) } : number % 5 < 2 ? { fault: status(404) } : { text: 'Yes.' }) })
    expect((await run(['--concurrency', '1'])).code).toBe(1)
    expect(idsOf(`${out}.failed.jsonl`)).toEqual(idsInOrder(3))
    // By now nine more have been refused in three runs; then two of five are, and the run goes through.
    for (let runs = 0; runs < 3; runs++) expect((await run(['--concurrency', '1'])).code).toBe(1)
    expect((await run(['--concurrency', '1'])).code).toBe(4)
    expect(idsOf(out).length + idsOf(`${out}.failed.jsonl`).length).toBe(60)
  })
})

describe('riffle batch, ended from outside', () => {
  const slow = { script: { template: 'About {question}', firstDelayMs: 20 } }

  it('gives rows in flight their end on SIGTERM, and exits with 143', async () => {
    const { out, run, server } = await batchOf(300, slow)
    const stopped = await run(['--concurrency', '4', '--sync', 'every'], signalAt(out, 8, 'SIGTERM'))

    expect(stopped.code).toBe(143)
    expect(stopped.stderr).toContain('To go on: riffle batch')
    expect(wholeRows(out)).toHaveLength(server.record.requests.length)
    expect([(await run()).code, idsOf(out).toSorted()]).toEqual([0, idsInOrder(300).toSorted()])
  })

  it('drops rows in flight and syncs when its terminal is closed, however often it is told, and exits with 129', async () => {
    // The fifth and all after it would take for ever.
    const { out, run, server } = await batchOf(50, { script: ({ number }) => ({ template: 'About {question}', ...(number > 4 && { fault: { type: 'stall', afterEvents: 1 } }) }) })
    const stopped = await run(['--concurrency', '4', '--sync', 'every'], signalAt(out, 5, 'SIGHUP', 'SIGHUP'))

    expect(stopped.code).toBe(129)
    expect(stopped.stderr).toContain('Stopped: 5 answered')
    expect([wholeRows(out).length, server.record.requests.length]).toEqual([5, 9])
    expect(existsSync(`${out}.lock`)).toBe(false)
  })
})

const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k tmpfs /mnt'], { stdio: 'ignore' }).status === 0
if (!canMount) console.log('Skipped: the full disk of riffle batch, because no file system can be mounted here.')

it.skipIf(!canMount)('riffle batch says that its disk is full, leaves whole rows, and goes on when there is room', async () => {
  const { folder, args, out, server } = await batchOf(400, { script: { text: 'words '.repeat(100) } })
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  const small = join(disk, 'answers.jsonl')
  const riffle = [process.execPath, command, 'batch', ...args.map((word) => (word === out ? small : word))].map((word) => `'${word}'`).join(' ')
  // The mount is gone with the shell: what was on it is looked at before.
  const script = [
    `mount -t tmpfs -o size=1m tmpfs '${disk}'`, `head -c 800000 /dev/zero > '${disk}/filler'`,
    `${riffle} 2> '${folder}/first.txt'; echo $? >> '${folder}/codes.txt'`, `cp '${small}' '${folder}/first.jsonl'`, `rm '${disk}/filler'`,
    `${riffle} 2> '${folder}/second.txt'; echo $? >> '${folder}/codes.txt'`, `cp '${small}' '${out}'`,
  ].join('\n')
  await new Promise<void>((resolve, reject) => {
    execFile('unshare', ['-rm', 'sh', '-c', script], { env: { PATH: process.env['PATH'] ?? '', HOME: folder } }, (error) => (error ? reject(error) : resolve()))
  })
  const first = readFileSync(join(folder, 'first.jsonl'), 'utf8')

  expect(readFileSync(join(folder, 'first.txt'), 'utf8')).toContain(`Cannot write ${small}: the disk is full`)
  expect(readFileSync(join(folder, 'codes.txt'), 'utf8')).toBe('1\n0\n')
  expect(first.endsWith('}\n')).toBe(true)
  expect(readFileSync(out, 'utf8').startsWith(first)).toBe(true)
  expect(idsOf(out).toSorted()).toEqual(idsInOrder(400).toSorted())
  expect(server.record.requests.length).toBeLessThan(800)
})
