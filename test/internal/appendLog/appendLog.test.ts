import { spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { InputError, OverflowError } from '../../../src/errors.ts'
import { type AppendLog, type AppendLogOptions, openAppendLog } from '../../../src/internal/appendLog/appendLog.ts'
import type { CheckLine } from '../../../src/internal/appendLog/openJournal.ts'
import { temporaryFolder } from '../../support/runRiffle.ts'

const child = fileURLToPath(new URL('../../support/appendingProcess.ts', import.meta.url))
const any: CheckLine = () => undefined

async function open(path: string, check: CheckLine = any, options: AppendLogOptions = { groupMs: 1 }): Promise<AppendLog> {
  const log = await openAppendLog(path, check, options)
  onTestFinished(() => log.close().catch(() => undefined))
  return log
}
const newPath = () => join(temporaryFolder(), 'rows.jsonl')
const lineOf = (number: number) => JSON.stringify({ number })

describe('openAppendLog', () => {
  it('has a line on disk when its promise resolves, and says where', async () => {
    const path = newPath()
    const log = await open(path)

    const starts = await Promise.all([log.append('{"a":1}'), log.append('{"b":"ü"}')])

    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":"ü"}\n')
    expect(starts).toEqual([0, 8])
    expect([log.bytes, log.waitingBytes]).toEqual([19, 0])
  })

  it('shows every line that is there to the check, and goes on behind it', async () => {
    const path = newPath()
    writeFileSync(path, '{"a":1}\n{"b":2}\n')
    const seen: unknown[] = []
    const log = await open(path, (text, { number, start }) => seen.push([text, number, start]))
    await log.append('{"c":3}')

    expect(seen).toEqual([['{"a":1}', 1, 0], ['{"b":2}', 2, 8]])
    expect(readFileSync(path, 'utf8')).toBe('{"a":1}\n{"b":2}\n{"c":3}\n')
  })

  it('syncs lines in groups, and what comes meanwhile in the next', async () => {
    const log = await open(newPath(), any, { groupLines: 4, groupMs: 1 })
    const lengths = new Set<number>()
    await Promise.all(Array.from({ length: 10 }, (_, number) => log.append(lineOf(number)).then(() => lengths.add(log.bytes))))

    // Acknowledged together, so the length of the file is the same for all of a group: the first four, and the rest.
    expect(lengths.size).toBe(2)
  })

  it('lets nobody wait for a full group for ever', async () => {
    const log = await open(newPath(), any, { groupLines: 1000, groupMs: 1 })
    await log.append('{}')
    await log.append('{}')

    expect(log.bytes).toBe(6)
  })

  it('writes what waits when it is closed, and then nothing more', async () => {
    const path = newPath()
    const log = await open(path, any, { groupLines: 3, groupMs: 60_000 })
    const waiting = Array.from({ length: 8 }, (_, number) => log.append(lineOf(number)))
    await log.close()
    await Promise.all(waiting)

    expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(8)
    await expect(log.append('{}')).rejects.toThrow('closed')
  })

  it('refuses more bytes than may wait', async () => {
    const log = await open(newPath(), any, { groupMs: 1, maxWaitingBytes: 1000 })
    const first = log.append(JSON.stringify('x'.repeat(900)))

    await expect(log.append(JSON.stringify('x'.repeat(900)))).rejects.toBeInstanceOf(OverflowError)
    await first
  })

  it('has room while less than a group waits', async () => {
    const log = await open(newPath(), any, { groupLines: 2, groupMs: 1 })
    const order: string[] = []
    const append = (name: string) => log.append(JSON.stringify({ name })).then(() => order.push(`${name} is on disk`))
    const room = (name: string) => log.hasRoom().then(() => order.push(`room for ${name}`))

    const a = append('a')
    await room('b')
    // Two are a group, which is taken at once; the next two wait for its end.
    const others = [append('b'), append('c'), append('d')]
    await Promise.all([a, ...others, room('e')])
    expect(order.indexOf('room for b')).toBe(0)
    expect(order.indexOf('room for e')).toBeGreaterThan(order.indexOf('b is on disk'))
  })

  describe('behind the last line end', () => {
    const whole = '{"id":"a","text":"ü"}\n'
    it.each([
      ['a beginning of a line', '{"id":"b","te', ''],
      ['half a character', Buffer.from('{"id":"ü').subarray(0, 8), ''],
      ['zeros', Buffer.alloc(512), ''],
      ['a beginning and zeros', Buffer.concat([Buffer.from('{"id"'), Buffer.alloc(100)]), ''],
      ['a number, which is the beginning of nothing', '12', ''],
      ['a whole line without its end', '{"id":"b"}', '{"id":"b"}\n'],
      ['a whole line and zeros', Buffer.concat([Buffer.from('{"id":"b"}'), Buffer.alloc(64)]), '{"id":"b"}\n'],
    ])('repairs %s', async (_, tail, kept) => {
      const path = newPath()
      writeFileSync(path, Buffer.concat([Buffer.from(whole), Buffer.from(tail)]))
      const log = await open(path)
      await log.append('{"id":"c"}')

      expect(log.repaired).toBe(kept === '' ? 'removed' : 'completed')
      expect(readFileSync(path, 'utf8')).toBe(`${whole}${kept}{"id":"c"}\n`)
    })

    it('repairs a journal cut at any byte, and loses no whole line', async () => {
      const lines = [0, 1, 2, 3].map((number) => JSON.stringify({ number, text: 'ü€😀\\n"' }))
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      const path = newPath()
      for (let cut = 0; cut <= bytes.length; cut++) {
        writeFileSync(path, bytes.subarray(0, cut))
        const seen: string[] = []
        const log = await openAppendLog(path, (text) => seen.push(text))
        await log.close()

        const wholeLines = lines.filter((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join('\n')) <= cut)
        expect(seen).toEqual(wholeLines)
        expect(readFileSync(path, 'utf8')).toBe(wholeLines.map((line) => `${line}\n`).join(''))
      }
    })
  })

  it.each([
    ['no JSON', 'x\n', 'expected a JSON object'],
    ['a list', '[1]\n', 'expected a JSON object'],
    ['an empty line', '\n', 'expected a JSON object'],
    ['no UTF-8', Buffer.from([0x7b, 0xff, 0x7d, 0x0a]), 'not UTF-8'],
    ['zeros', Buffer.concat([Buffer.alloc(10), Buffer.from('\n')]), 'expected a JSON object'],
  ])('refuses a line in the middle that is %s, names it, and changes nothing', async (_, bad, problem) => {
    const path = newPath()
    const before = Buffer.concat([Buffer.from('{"id":1}\n'), Buffer.from(bad), Buffer.from('{"id":2}\n{"torn')])
    writeFileSync(path, before)

    const refused = openAppendLog(path, any)
    await expect(refused).rejects.toBeInstanceOf(InputError)
    await expect(refused).rejects.toThrow(`${path}:2: `)
    await expect(refused).rejects.toThrow(problem)
    expect(readFileSync(path)).toEqual(before)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })

  it('never touches a file that is something else', async () => {
    const path = newPath()
    writeFileSync(path, 'My notes, without a line end')

    await expect(openAppendLog(path, any)).rejects.toThrow('is this a file of answers?')
    expect(readFileSync(path, 'utf8')).toBe('My notes, without a line end')
  })

  it('passes on what the check finds, with file and line', async () => {
    const path = newPath()
    writeFileSync(path, '{}\n{}\n')
    const check: CheckLine = (_, { number }) => {
      if (number === 2) throw new Error('it has no id')
    }

    await expect(openAppendLog(path, check)).rejects.toThrow(`${path}:2: it has no id`)
  })

  it('acknowledges nothing that goes into a file that was deleted or replaced', async () => {
    for (const how of ['deleted', 'replaced'] as const) {
      const path = newPath()
      const log = await open(path)
      await log.append('{"a":1}')
      if (how === 'deleted') rmSync(path)
      else {
        writeFileSync(`${path}.new`, '')
        renameSync(`${path}.new`, path)
      }

      await expect(log.append('{"b":2}')).rejects.toThrow(`${path} was ${how}`)
      await expect(log.append('{"c":3}')).rejects.toThrow(`${path} was ${how}`)
    }
  })

  it('is for one process at a time', async () => {
    const path = newPath()
    const log = await open(path)

    await expect(openAppendLog(path, any)).rejects.toThrow(`is being written by process ${process.pid}`)
    await log.close()
    await (await open(path)).append('{}')
    expect(readFileSync(path, 'utf8')).toBe('{}\n')
  })

  it('takes over from a process that is gone, and from a mark that says nothing', async () => {
    for (const mark of ['{"pid":999999999,"host":"', '']) {
      const path = newPath()
      writeFileSync(`${path}.lock`, mark)
      await (await open(path)).append('{}')
      expect(readFileSync(path, 'utf8')).toBe('{}\n')
    }
  })

  it('says why a file cannot be written', async () => {
    await expect(openAppendLog(join(temporaryFolder(), 'no/such/rows.jsonl'), any)).rejects.toThrow(/^Cannot write .*rows\.jsonl: it does not exist$/)
    await expect(openAppendLog(temporaryFolder(), any)).rejects.toThrow('it is a folder')
  })

  it('keeps everything it acknowledged when the process is killed, whenever that is', async () => {
    const path = newPath()
    let acknowledged = -1
    for (let kill = 0; kill < 12; kill++) {
      const running = spawn(process.execPath, [child, path, '100000', String(1 + (kill % 4) * 7)], { stdio: ['ignore', 'pipe', 'inherit'] })
      let wanted = acknowledged + 20 + kill * 9
      running.stdout.setEncoding('utf8').on('data', (text: string) => {
        acknowledged = Math.max(acknowledged, ...text.trim().split('\n').map(Number))
        if (acknowledged < wanted) return
        wanted = Infinity
        running.kill('SIGKILL')
      })
      await new Promise((resolve) => running.on('close', resolve))
    }
    const numbers: number[] = []
    await open(path, (text) => numbers.push((JSON.parse(text) as { number: number }).number))

    expect(acknowledged).toBeGreaterThan(300)
    expect(numbers.length).toBeGreaterThan(acknowledged)
    expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  it('cuts a file that cannot grow back to its last synced line, and says so', async () => {
    const path = newPath()
    const running = spawn('sh', ['-c', `ulimit -f 16; exec "${process.execPath}" "${child}" "${path}" 100000 64`], { stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    running.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    await new Promise((resolve) => running.on('close', resolve))

    const lines = output.trim().split('\n')
    expect(lines.at(-1)).toMatch(/^error RagError: Cannot write .*: the file may not grow any further/)
    const last = Math.max(...lines.slice(0, -1).map(Number))
    const kept = readFileSync(path, 'utf8')
    expect(kept.endsWith('\n')).toBe(true)
    expect(kept.trim().split('\n')).toHaveLength(last + 1)
    expect(statSync(path).size).toBeLessThanOrEqual(16 * 1024)
  })

  it('keeps the order of lines, however they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (pauses, groupLines) => {
        const path = newPath()
        const log = await openAppendLog(path, any, { groupLines, groupMs: 1 })
        const appended: Promise<number>[] = []
        for (const [number, pause] of pauses.entries()) {
          appended.push(log.append(lineOf(number)))
          for (let turn = 0; turn < pause; turn++) await new Promise((resolve) => setImmediate(resolve))
        }
        await log.close()
        await Promise.all(appended)

        expect(readFileSync(path, 'utf8')).toBe(pauses.map((_, number) => `${lineOf(number)}\n`).join(''))
      }),
      { numRuns: 20 },
    )
  })
})
