import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Simulator, startSimulator } from '../../src/simulator/startSimulator.ts'
import { pasteFilter } from '../../src/cli/chat/pasteFilter.ts'
import { hasTerminal } from '../support/onTerminal.ts'
import { command, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

const data = join(import.meta.dirname, '../../examples/documents')

describe('riffle chat, from a pipe', () => {
  it('answers a question a line, finds a follow-up by what it is about, and leaves at quit', async () => {
    const { code, stdout, stderr } = await runRiffle(['chat', '--data', data, '--no-cache'], { input: 'How many grams of coffee for a litre of water?\nand how hot is it?\n/tokens\nquit\nnever asked\n' })
    expect(code).toBe(0)
    expect(stdout.match(/Quotations from your files/g)).toHaveLength(2)
    expect(stdout).not.toContain('never asked')
    expect(stderr).toMatch(/\d+ tokens in, \d+ out/)
  })

  it('keeps the conversation in a file, goes on with it, and saves it as Markdown', async () => {
    const session = join(temporaryFolder(), 'talk.json')
    const saved = join(temporaryFolder(), 'talk.md')
    const args = ['chat', '--data', data, '--no-cache', '--session', session]
    await runRiffle(args, { input: 'How many grams of coffee for a litre of water?\n' })
    await runRiffle(args, { input: `and how hot is it?\n/retry\n/save ${saved}\n/sources\n` })
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: { question: string }[] }
    expect(turns.map(({ question }) => question)).toEqual(['How many grams of coffee for a litre of water?', 'and how hot is it?'])
    expect(readFileSync(saved, 'utf8')).toMatch(/^## How many grams of coffee for a litre of water\?\n\n[\s\S]+\n## and how hot is it\?/)
  })

  it.each([
    ['no stored conversation', '{"turns": [1]}', /talk\.json is no stored conversation/],
    ['no JSON', 'hello', /talk\.json is no stored conversation/],
  ])('refuses a session file that is %s, and leaves it as it is', async (_, content, message) => {
    const session = join(temporaryFolder(), 'talk.json')
    writeFileSync(session, content)
    const { code, stderr } = await runRiffle(['chat', '--data', data, '--no-cache', '--session', session], { input: 'a?\n' })
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)])
    expect(readFileSync(session, 'utf8')).toBe(content)
  })

  it('says what failed in a line, goes on with the next question, and ends with 4', async () => {
    const simulator = await startSimulator({ script: [{ fault: { type: 'status', status: 400 } }, { text: 'Fine.' }] })
    const { code, stdout, stderr } = await runRiffle(['chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated'], { input: 'What is filter coffee?\nWhat is mergeMap for?\n' })
    await simulator.close()
    expect(stdout).toBe('Fine.\n')
    expect(stderr).toMatch(/^riffle: .*400/m)
    expect(code).toBe(4)
  })
})

describe('riffle chat, when something fails', () => {
  const failure = { fault: { type: 'status', status: 400 } } as const
  /** The questions of an input, answered by a script. */
  async function talk(answers: readonly object[], input: string, more: readonly string[] = []) {
    const simulator = await startSimulator({ script: answers as never })
    const session = join(temporaryFolder(), 'talk.json')
    const run = await runRiffle(['chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated', '--session', session, ...more], { input })
    await simulator.close()
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: { question: string; answer: string }[] }
    const asked = simulator.record.requests.map(({ body }) => (body as { messages: { content: string }[] }).messages)
    return { ...run, asked, turns: turns.map(({ question, answer }) => `${question} ${answer}`) }
  }

  it('asks the question again that failed, and counts what the failure cost', async () => {
    const { asked, turns, stderr } = await talk([{ text: 'One.' }, failure, { text: 'Two.' }], 'What is filter coffee?\nWhat is mergeMap for?\n/retry\n/tokens\n')
    expect(asked[2]!.at(-1)!.content).toContain('What is mergeMap for?')
    expect(turns).toEqual(['What is filter coffee? One.', 'What is mergeMap for? Two.'])
    expect(stderr).toMatch(/\d+ tokens in, \d+ out/)
  })

  it('keeps the answer that was to be made anew, when that fails', async () => {
    const { turns } = await talk([{ text: 'One.' }, failure], 'What is filter coffee?\n/retry\n')
    expect(turns).toEqual(['What is filter coffee? One.'])
  })

  it('says when a follow-up or a summary could not be made, and goes on without', async () => {
    const long = 'Warm and slow. '.repeat(15)
    const script = [{ text: long }, failure, { text: 'Two.' }, { text: 'Three.' }, failure]
    const { stderr, turns } = await talk(script, 'What is filter coffee?\nand why?\nWhat is mergeMap for?\n', ['--history-tokens', '320'])
    expect(stderr).toMatch(/searched for with the words of the one before; making it understandable alone failed: .*400/)
    expect(stderr).toMatch(/The first turns are left out of what the model is told; summarizing them failed: .*400/)
    expect(turns).toHaveLength(3)
  })

  it('waits for no follow-up longer than the model may be silent', async () => {
    const silent = { text: 'What is filter coffee?', fault: { type: 'stall', afterEvents: 1 } }
    const { stderr, turns } = await talk([{ text: 'One.' }, silent, { text: 'Two.' }], 'What is filter coffee?\nand why?\n', ['--timeout', '0.5', '--max-retries', '0'])
    expect(stderr).toMatch(/making it understandable alone failed: .*\(--timeout\)/)
    expect(turns).toEqual(['What is filter coffee? One.', 'and why? Two.'])
  })

  it('knows no commands but its own', async () => {
    const { stderr } = await runRiffle(['chat', '--data', data, '--no-cache'], { input: '/constructor\n/__proto__\n' })
    expect(stderr.match(/There is no \/(constructor|__proto__);/g)).toHaveLength(2)
  })

  it('refuses a session that another chat writes, or that cannot be written, before a model is asked', async () => {
    const simulator = await startSimulator({ script: { tokens: 400, delayMs: 20 } })
    const session = join(temporaryFolder(), 'talk.json')
    const args = ['chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated', '--session']
    const first = spawn(process.execPath, [command, ...args, session], { stdio: ['pipe', 'pipe', 'ignore'] })
    first.stdin.write('What is filter coffee?\n')
    await once(first.stdout, 'data')
    expect(await runRiffle([...args, session], { input: 'a?\n' })).toMatchObject({ code: 2, stderr: expect.stringMatching(/is being written by process \d+/) as unknown })
    expect(await runRiffle([...args, join(temporaryFolder(), 'none', 'talk.json')], { input: 'a?\n' })).toMatchObject({ code: 2, stderr: expect.stringContaining('Cannot write') as unknown })
    expect(simulator.record.requests).toHaveLength(1)

    // What had come is kept also when the process is asked to end.
    first.kill('SIGTERM')
    expect(await once(first, 'exit')).toEqual([143, null])
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: object[] }
    expect(turns).toEqual([{ question: 'What is filter coffee?', answer: expect.stringMatching(/./) as unknown, ended: 'stopped' }])
    expect(existsSync(`${session}.lock`)).toBe(false)
    await simulator.close()
  })
})

describe.skipIf(!hasTerminal)('riffle chat, on a terminal', () => {
  let simulator: Simulator
  beforeAll(async () => {
    simulator = await startSimulator({ script: { tokens: 400, delayMs: 20 } })
  })
  afterAll(() => simulator.close())

  it('stops an answer at Ctrl-C, goes on, remembers what came, and leaves at the second Ctrl-C', async () => {
    const session = join(temporaryFolder(), 'talk.json')
    const line = [process.execPath, command, 'chat', '--data', data, '--no-cache', '--base-url', simulator.url, '--model', 'simulated', '--session', session].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', `stty cols 80; ${line}`, '/dev/null'], { env: { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), TERM: 'xterm-256color', SHELL: '/bin/sh' } })
    let screen = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text))
    const sees = (what: RegExp) => vi.waitFor(() => expect(screen).toMatch(what), { timeout: 20_000 })
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    await sees(/Ask, or \/help\.[\s\S]*> /)
    child.stdin.write('What is a warranty?\r')
    await sees(/stones/)
    child.stdin.write('\x03')
    await sees(/stopped[\s\S]*> /)
    screen = ''
    child.stdin.write('\x1b[200~What is\na kettle?\x1b[201~\r')
    await sees(/What is⏎a kettle\?[\s\S]*stones/)
    child.stdin.write('\x03')
    await sees(/stopped[\s\S]*> /)
    screen = ''
    child.stdin.write('never\\\r')
    await sees(/… /)
    child.stdin.write('asked')
    await sees(/asked/)
    child.stdin.write('\x03')
    await sees(/asked[\s\S]*> /)
    // Ctrl-Z; without a shell that could, the test wakes it.
    screen = ''
    child.stdin.write('\x1a')
    const { pid } = JSON.parse(readFileSync(`${session}.lock`, 'utf8')) as { pid: number }
    await vi.waitFor(() => {
      process.kill(pid, 'SIGCONT')
      expect(screen).toContain('\x1b[?2004h')
    })
    child.stdin.write('awake')
    await sees(/awake/)
    child.stdin.write('\x03')
    await sees(/awake[\s\S]*> /)
    screen = ''
    child.stdin.write('\x03')
    await sees(/Ctrl-C again leaves/)
    child.stdin.write('\x03')
    expect(await ended).toBe(130)
    const { turns } = JSON.parse(readFileSync(session, 'utf8')) as { turns: { question: string; answer: string; ended?: string }[] }
    expect(turns.map(({ question, ended: how }) => [question, how])).toEqual([['What is a warranty?', 'stopped'], ['What is\na kettle?', 'stopped']])
    expect(turns[0]!.answer).toContain('stones')
  })
})

describe('pasteFilter', () => {
  it('keeps characters whole, wherever their bytes are cut', async () => {
    const typed = Buffer.from('日本語\r😀')
    for (let cut = 0; cut <= typed.length; cut++) {
      const filter = pasteFilter()
      let out = ''
      filter.setEncoding('utf8').on('data', (text: string) => (out += text))
      filter.write(typed.subarray(0, cut))
      filter.end(typed.subarray(cut))
      await once(filter, 'end')
      expect(out).toBe('日本語\r😀')
    }
  })

  it('takes the line ends of what is pasted for signs, wherever the keystrokes are cut', async () => {
    const typed = 'a\r\x1b[200~one\r\ntwo\nthree\x1b[201~ b\r\x1b[A\x1b'
    for (let cut = 0; cut <= typed.length; cut++) {
      // A lone Escape is a key, and cannot wait for what may follow.
      if (typed[cut - 1] === '\x1b') continue
      const filter = pasteFilter()
      let out = ''
      filter.setEncoding('utf8').on('data', (text: string) => (out += text))
      filter.write(typed.slice(0, cut))
      filter.end(typed.slice(cut))
      await new Promise((resolve) => filter.on('end', resolve))
      expect(out.replace('one⏎⏎two', 'one⏎two')).toBe('a\rone⏎two⏎three b\r\x1b[A\x1b')
    }
  })
})
