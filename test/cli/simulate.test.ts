import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { SimulatorRecord } from 'riffle-rx/simulator'
import { parseDelay } from '../../src/cli/simulate/parseDelay.ts'
import { parseFault } from '../../src/cli/simulate/parseFault.ts'
import { type Run, buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

interface Served {
  readonly url: string
  readonly run: Run
}

/** Runs the command, does something as soon as it printed its URL, and stops it. */
async function serving(flags: readonly string[], use: (url: string, child: ChildProcess) => Promise<void>, signal: NodeJS.Signals = 'SIGINT'): Promise<Served> {
  let used: Promise<void> | undefined
  let url = ''
  const run = await runRiffle(['simulate', ...flags], {
    onOutput: (child, { stdout, stderr }) => {
      if (used !== undefined || !stdout.includes('\n') || !stderr.includes('record?events')) return
      url = stdout.split('\n')[0] ?? ''
      used = use(url, child).finally(() => child.kill(signal))
    },
  })
  await used
  return { url, run }
}

const ask = (url: string, content = 'Hello', more: object = {}, headers: Record<string, string> = {}) =>
  fetch(`${url}/chat/completions`, { method: 'POST', headers, body: JSON.stringify({ model: 'm', stream: false, messages: [{ role: 'user', content }], ...more }) })
const said = async (response: Promise<Response>) => ((await (await response).json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content

describe('riffle simulate', () => {
  it('prints its base URL alone, a line to try and one for the record; Ctrl-C closes every connection and exits with 130', async () => {
    let broken: Promise<unknown> | undefined
    const { url, run } = await serving(['--text', 'Hello there.', '--delay', '1000000'], async (base, child) => {
      expect(child.exitCode).toBeNull()
      const response = await ask(base, 'Hello', { stream: true })
      expect(response.status).toBe(200)
      broken = response.text().catch(() => 'broken')
    })
    expect(await broken).toBe('broken')
    expect(run.code).toBe(130)
    expect(run.stdout).toBe(`${url}\n`)
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/)
    expect(run.stderr).toContain(`curl -N ${url}/chat/completions -H 'content-type: application/json' -d '{"model":"simulated","stream":true,`)
    expect(run.stderr).toContain(`curl '${url.replace('/v1', '/simulator/record?events=false')}'`)
    expect(run.stderr).toContain('Answered 1 request with 2 events.')
  })

  it('ends by SIGTERM just so, with its own code', async () => {
    const { run } = await serving([], async (url) => void (await said(ask(url))), 'SIGTERM')
    expect(run.code).toBe(143)
  })

  it('answers as its flags say', async () => {
    const flags = ['--tokens', '40', '--tokens-per-event', '10', '--reasoning', 'Hm.', '--usage', 'always', '--seed', '3', '--model', 'a', '--model', 'b', '--require-key', 'sk-1']
    const { run } = await serving(flags, async (url) => {
      const headers = { authorization: 'Bearer sk-1' }
      const body = await (await ask(url, 'Hello', { stream: true, model: 'b' }, headers)).text()
      // Role, reasoning, four texts, finish reason, usage, [DONE].
      expect(body.split('\n\n')).toHaveLength(9 + 1)
      expect(body).toContain('"completion_tokens":41,')
      expect((await ask(url, 'Hello', { model: 'b' })).status).toBe(401)
      expect((await ask(url, 'Hello', { model: 'c' }, headers)).status).toBe(404)
    })
    expect(run.stderr).toContain('-H "authorization: Bearer $KEY"')
    expect(run.stderr).toContain('{"model":"a",')
    expect(run.stderr + run.stdout).not.toContain('sk-1')
  })

  it('enforces limits and injects faults, which its record shows to other processes', async () => {
    const flags = ['--text', 'a', '--rpm', '2', '--tpm', '1000', '--fault', 'status:503', '--fault', 'status:500', '--fault-rate', '1']
    await serving(flags, async (url) => {
      const statuses = [await ask(url), await ask(url), await ask(url)].map(({ status }) => status)
      expect(statuses.slice(0, 2).every((status) => status === 503 || status === 500)).toBe(true)
      expect(statuses[2]).toBe(429)
      const { requests, counts } = (await (await fetch(new URL('/simulator/record?events=false', url))).json()) as SimulatorRecord
      expect(requests.map(({ status }) => status)).toEqual(statuses)
      expect(counts.faults).toEqual({ status: 2 })
    })
  })

  it('reads a script, over which flags count', async () => {
    const folder = temporaryFolder()
    const script = join(folder, 'script.json')
    writeFileSync(script, JSON.stringify([{ text: 'One.', usage: 'never' }, { text: 'Two.', usage: 'never' }]))
    await serving(['--script', script, '--usage', 'always'], async (url) => {
      expect(await said(ask(url))).toBe('One.')
      expect(await (await ask(url)).text()).toContain('"usage"')
      expect(await said(ask(url))).toBe('Two.')
    })
  })

  it('reads answers, a line each, and a text', async () => {
    const folder = temporaryFolder()
    const answers = join(folder, 'answers.jsonl')
    writeFileSync(answers, '{"question": "heron", "text": "Waits."}\n{"text": "Other."}\n')
    await serving(['--answers', answers], async (url) => {
      expect([await said(ask(url, 'x')), await said(ask(url, 'A heron?'))]).toEqual(['Other.', 'Waits.'])
    })
    const text = join(folder, 'answer.md')
    writeFileSync(text, '# Heron\n\nIt waits.\n')
    await serving(['--answers', text], async (url) => expect(await said(ask(url))).toBe('# Heron\n\nIt waits.\n'))
  })

  it('says in one line that its port is in use', async () => {
    await serving([], async (url) => {
      const { port } = new URL(url)
      expect(await runRiffle(['simulate', '--port', port])).toEqual({ code: 2, stdout: '', stderr: `riffle: Port ${port} is in use: give another --port, or none for a free one.\n` })
    })
  })

  it.each([
    [['--port', '99999'], 'Expected --port to be a whole number from 0 to 65535, got 99999.'],
    [['--tokens', 'x'], 'Expected --tokens to be a whole number from 0 to 10000000, got no number.'],
    [['--rpm', '0'], 'Expected --rpm to be a whole number from 1, got 0.'],
    [['--delay', 'slow'], 'Expected --delay to be milliseconds such as 50, uniform:20-80, exponential:50 or lognormal:50,0.4, got "slow".'],
    [['--fault', 'clse:5'], 'There is no fault "clse"; the nearest is close. Known are status, cut, close, reset, stall, error-object, error-event, malformed, comments, html, json-error, content-type, hold-open, silence.'],
    [['--fault-rate', '0.5'], 'Expected --fault with --fault-rate: it says what goes wrong.'],
    [['--fault', 'cut', '--fault-rate', '2'], 'Expected --fault-rate to be a number from 0 to 1, got 2.'],
    [['--text', 'a', '--tokens', '3'], 'Give one of --text and --tokens: each of them says what is answered.'],
    [['--script', 'none.json'], 'Cannot read none.json: it does not exist.'],
    [['--answers', 'examples'], 'Cannot read examples: it is a folder.'],
    [['--sript', 'x'], 'Unknown argument: sript. See riffle simulate --help.'],
  ])('%j is refused with one line and exit code 2', async (flags, line) => {
    expect(await runRiffle(['simulate', ...flags])).toEqual({ code: 2, stdout: '', stderr: `riffle: ${line}\n` })
  })

  it.each([
    ['{"delay": 3}', 'script.json: there is no field "delay"; the nearest is "delayMs"'],
    ['{"text": }', /^riffle: script\.json: expected JSON: Unexpected token .*\n$/],
  ])('the script %s is refused with one line', async (content, line) => {
    const cwd = temporaryFolder()
    writeFileSync(join(cwd, 'script.json'), content)
    const { code, stderr } = await runRiffle(['simulate', '--script', 'script.json'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toMatch(typeof line === 'string' ? `riffle: ${line}\n` : line)
    expect(stderr.split('\n')).toHaveLength(2)
  })

  it('has help with an example', async () => {
    const { code, stdout } = await runRiffle(['simulate', '--help'])
    expect(code).toBe(0)
    expect(stdout).toContain('riffle simulate --delay lognormal:50,0.4')
    for (const flag of ['port', 'script', 'text', 'answers', 'headers-delay', 'first-delay', 'delay', 'tokens', 'tokens-per-event', 'reasoning', 'usage', 'fault', 'fault-rate', 'seed', 'rpm', 'tpm', 'require-key', 'model']) {
      expect(stdout).toContain(`--${flag} `)
    }
  })
})

describe('parseDelay', () => {
  it.each([
    ['50', 50],
    ['0.5', 0.5],
    ['uniform:20-80', { distribution: 'uniform', minMs: 20, maxMs: 80 }],
    ['exponential:50', { distribution: 'exponential', meanMs: 50 }],
    ['lognormal:50,0.4', { distribution: 'lognormal', medianMs: 50, sigma: 0.4 }],
  ])('reads %s', (given, delay) => expect(parseDelay('--delay', given)).toEqual(delay))

  it.each(['', '-1', '5ms', 'uniform:80-20', 'uniform:5', 'normal:5', 'lognormal:50', 'exponential:1,2', '50 '])('refuses %j', (given) => {
    expect(() => parseDelay('--first-delay', given)).toThrow('Expected --first-delay to be milliseconds')
  })
})

describe('parseFault', () => {
  it.each([
    ['status', { type: 'status', status: 503 }],
    ['status:429', { type: 'status', status: 429 }],
    ['close', { type: 'close', afterEvents: 5 }],
    ['reset:0', { type: 'reset', afterEvents: 0 }],
    ['cut:200b', { type: 'cut', afterBytes: 200 }],
    ['stall:7', { type: 'stall', afterEvents: 7 }],
    ['comments:2', { type: 'comments', afterEvents: 2 }],
    ['error-event', { type: 'error-event', afterEvents: 5 }],
    ['silence', { type: 'silence' }],
    ['hold-open', { type: 'hold-open' }],
  ])('reads %s', (given, fault) => expect(parseFault(given)).toEqual(fault))

  it('gives a page for html', () => expect(parseFault('html')).toMatchObject({ type: 'content', contentType: 'text/html' }))

  it.each(['status:99', 'status:600', 'close:x', 'close:-1', 'close:', 'cut:b', 'malformed:20b', 'silence:3', 'html:1', '', 'toString'])('refuses %j', (given) => {
    expect(() => parseFault(given)).toThrow(/^(Expected|There is no fault)/)
  })
})
