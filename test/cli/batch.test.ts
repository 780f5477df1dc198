import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { batchOf, idsInOrder, idsOf, signalAt } from '../support/batchOf.ts'
import { comparable, killedRun, wholeRows, writeQuestions } from '../support/killedBatch.ts'
import { buildCommand, runRiffle, temporaryFolder } from '../support/runRiffle.ts'

beforeAll(buildCommand)

describe('riffle batch', () => {
  it('answers every question from documents, offline, with sources and citations', async () => {
    const folder = temporaryFolder()
    const { code, stderr } = await runRiffle(['batch', 'examples/questions.jsonl', '--data', 'examples/documents', '--out', join(folder, 'a.jsonl')])
    const rows = wholeRows(join(folder, 'a.jsonl'))

    expect(code).toBe(0)
    expect(rows).toHaveLength(4)
    expect(rows.find(({ id }) => id === 'limit')).toMatchObject({
      answer: expect.stringContaining('mergeMap'),
      finishReason: 'stop',
      sources: expect.arrayContaining([expect.objectContaining({ documentId: 'documents/concurrency.md', start: expect.any(Number), score: expect.any(Number) })]),
      citations: expect.arrayContaining([expect.objectContaining({ marker: 1, valid: true })]),
      attempts: 1,
      cost: 0,
      timings: expect.objectContaining({ waitMs: expect.any(Number) }),
    })
    expect(stderr).toContain('Done: 4 answered, 0 failed')
    expect(readdirSync(folder).toSorted()).toEqual(['a.jsonl', 'a.jsonl.run.json'])
  })

  it('asks a model alone, and says what each answer used and cost', async () => {
    const { out, run } = await batchOf(3)
    expect((await run(['--price', 'm=1,10', '--system', 'Be brief.'])).code).toBe(0)

    const row = wholeRows(out).find(({ id }) => id === 'row-1') as { usage: { inputTokens: number; outputTokens: number }; cost: number }
    expect(row).toMatchObject({ question: 'What is 1?', answer: 'About What is 1?', model: 'm', line: 2 })
    expect(row.cost).toBeCloseTo((row.usage.inputTokens + 10 * row.usage.outputTokens) / 1e6, 12)
  })

  it('asks nothing that is answered already, and only what is new', async () => {
    const { server, questions, out, run, folder } = await batchOf(5)
    await run()
    const again = await run()
    writeQuestions(folder, 8)
    const more = await run()

    expect([again.code, more.code]).toEqual([0, 0])
    expect(again.stderr).toContain('5 were done before')
    expect(server.record.requests).toHaveLength(8)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(8))
    expect(existsSync(questions)).toBe(true)
  })

  it.each([
    ['--model', ['--model', 'other'], '--model was m, now other'],
    ['--temperature', ['--temperature', '0.5'], '--temperature was not set, now 0.5'],
    ['--system', ['--system', 'Be brief.'], '--system was not set, now Be brief.'],
    ['--max-output-tokens', ['--max-output-tokens', '9'], '--max-output-tokens was not set, now 9'],
  ])('refuses to mix answers when %s changes, and says so; --force mixes', async (_, change, said) => {
    const { server, folder, out, run } = await batchOf(2)
    await run()
    writeQuestions(folder, 3)
    const refused = await run(change)

    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`answers.jsonl was made with other settings: ${said}`)
    expect(server.record.requests).toHaveLength(2)
    expect((await run([...change, '--force'])).code).toBe(0)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(3))
  })

  it('refuses to mix answers when the documents, --top-k or a question changes', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'docs'))
    writeFileSync(join(folder, 'docs/a.md'), 'Herons stand still.')
    writeFileSync(join(folder, 'q.jsonl'), '{"id":"a","question":"What do herons do?"}\n')
    const run = (more: readonly string[] = []) => runRiffle(['batch', 'q.jsonl', '--data', 'docs', '--out', 'a.jsonl', '--no-cache', ...more], { cwd: folder })
    await run()

    expect((await run(['--top-k', '3'])).stderr).toContain('--top-k was 5, now 3')
    writeFileSync(join(folder, 'docs/a.md'), 'Herons stand very still.')
    const changed = await run()
    expect([changed.code, changed.stderr]).toEqual([2, expect.stringContaining('with other settings: the documents changed since. Use the same')])
    writeFileSync(join(folder, 'docs/b.md'), 'Gulls cry.')
    expect((await run()).stderr).toContain('the documents changed since (1 document then, 2 documents now)')
    rmSync(join(folder, 'docs/b.md'))
    writeFileSync(join(folder, 'docs/a.md'), 'Herons stand still.')
    writeFileSync(join(folder, 'q.jsonl'), '\n{"id":"a","question":"What do gulls do?"}\n')
    expect((await run()).stderr).toContain('q.jsonl:2: a.jsonl answers another question with the id "a"')
    expect(wholeRows(join(folder, 'a.jsonl'))).toHaveLength(1)
  })

  it('checks every line before the first request, and lists what is wrong', async () => {
    const { server, questions, out, run } = await batchOf(1)
    writeFileSync(questions, '{"id":"a","question":"A?"}\noops\n{"id":"a","question":"B?"}\n{"id":"c","question":" "}\n')
    const refused = await run()

    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('questions.jsonl:2: expected one JSON object on the line')
    expect(refused.stderr).toContain('questions.jsonl:3: the id "a" is in line 1 already')
    expect(refused.stderr).toContain('questions.jsonl:4: the question is empty')
    expect(refused.stderr).toContain('3 lines of')
    expect(server.record.requests).toHaveLength(0)

    const skipped = await run(['--skip-bad'])
    expect(skipped.code).toBe(4)
    expect(idsOf(out)).toEqual(['a'])
    expect(wholeRows(`${out}.failed.jsonl`).map(({ line, error }) => [line, (error as { code: string }).code])).toEqual([[2, 'bad-input'], [3, 'bad-input'], [4, 'bad-input']])
    expect((await run(['--skip-bad'])).code).toBe(4)
    expect(wholeRows(`${out}.failed.jsonl`)).toHaveLength(3)
  })

  it('changes nothing when it is refused, and asks a question whose id looks like a line', async () => {
    const { questions, out, run } = await batchOf(1, { script: [{ fault: { type: 'status', status: 400 } }, { template: 'About {question}' }] })
    writeFileSync(questions, '{"id":"a","question":"A?"}\n')
    await run()
    const before = readFileSync(`${out}.failed.jsonl`, 'utf8')
    writeFileSync(questions, '{"id":"a","question":"A?"}\noops\n{"id":"line 2","question":"B?"}\n')

    expect((await run(['--retry-failed'])).code).toBe(2)
    expect(readFileSync(`${out}.failed.jsonl`, 'utf8')).toBe(before)
    const skipped = await run(['--retry-failed', '--skip-bad'])
    expect([skipped.code, idsOf(out).toSorted()]).toEqual([4, ['a', 'line 2']])
    expect(skipped.stderr).toContain('Failed: bad-input 1.')
    writeFileSync(questions, '{"id":"a","question":"A?"}\n{"id":"c","question":"C?"}\n{"id":"line 2","question":"B?"}\n')
    expect((await run()).code).toBe(0)
    expect(existsSync(`${out}.failed.jsonl`)).toBe(false)
  })

  it('is done when the last question reaches the budget, and refuses another format', async () => {
    const { run, out } = await batchOf(2)
    expect((await run(['--token-budget', '1', '--concurrency', '2'])).code).toBe(0)
    expect((await run(['--format', 'openai-batch'])).stderr).toContain('--format was jsonl, now openai-batch')
    expect(idsOf(out)).toHaveLength(2)
  })

  it('asks a model to go on with what had come, when it is told that it can', async () => {
    const text = 'Herons stand still and wait for fish.'
    const { server, out, run } = await batchOf(1, { script: [{ text, continues: true, fault: { type: 'close', afterEvents: 4 } }, { text, continues: true }] })
    expect((await run(['--after-cut', 'continue'])).code).toBe(0)

    expect(wholeRows(out)[0]).toMatchObject({ answer: text })
    expect(server.record.requests[1]?.body).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant' }] })
  })

  it('asks other models when the first one fails', async () => {
    const script = ({ body }: { readonly body: unknown }) => ((body as { model: string }).model === 'good' ? { text: 'Yes.' } : { fault: { type: 'status', status: 503 } as const })
    const { run, out } = await batchOf(3, { script })
    const { code } = await run(['--fallback-model', 'bad', '--fallback-model', 'good', '--max-retries', '0'])

    expect([code, wholeRows(out).map(({ answer, model }) => [answer, model])]).toEqual([0, [['Yes.', 'good'], ['Yes.', 'good'], ['Yes.', 'good']]])
  })

  it('keeps failures with their history, and clears them with --retry-failed', async () => {
    const { server, out, run } = await batchOf(6, {
      script: ({ number }) => ({ text: 'whole', ...(number < 9 && { fault: { type: 'close', afterEvents: 2 } }) }),
    })
    const failed = await run(['--concurrency', '1', '--max-retries', '1'])
    const [failure] = wholeRows(`${out}.failed.jsonl`)

    expect(failed.code).toBe(4)
    expect(failure).toMatchObject({ error: { code: 'truncated' }, partial: 'whole', attempts: 2, failures: [{ attempt: 1, error: { code: 'truncated' } }] })
    expect(failed.stderr).toContain('--retry-failed')
    const asked = server.record.requests.length
    expect((await run()).code).toBe(4)
    expect(server.record.requests).toHaveLength(asked)
    expect((await run(['--retry-failed'])).code).toBe(0)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(6))
    expect(existsSync(`${out}.failed.jsonl`)).toBe(false)
  })

  it('stops at a token budget and at a cost, with no more than what was in flight beyond it', async () => {
    for (const limit of [['--token-budget', '30'], ['--max-cost', '0.00003', '--price', 'm=1,1']]) {
      const { server, out, run } = await batchOf(50)
      const stopped = await run(['--concurrency', '2', ...limit])
      const used = wholeRows(out).map(({ usage }) => (usage as { inputTokens: number; outputTokens: number }).inputTokens + (usage as { outputTokens: number }).outputTokens)
      const needed = used.findIndex((_, index) => used.slice(0, index + 1).reduce((a, b) => a + b, 0) >= 30) + 1

      expect(stopped.code).toBe(3)
      expect(stopped.stderr).toContain('To go on: riffle batch')
      expect(server.record.requests.length).toBeLessThanOrEqual(needed + 2)
      expect((await run()).code).toBe(0)
      expect(idsOf(out).toSorted()).toEqual(idsInOrder(50).toSorted())
    }
  })

  it('wants to know a price before it keeps to a cost', async () => {
    const { server, run } = await batchOf(1)
    const refused = await run(['--max-cost', '1'])
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('--max-cost needs the price of m: --price m=INPUT,OUTPUT')])
    expect((await run(['--price', 'cheap'])).stderr).toContain('Expected --price to be MODEL=INPUT,OUTPUT')
    expect(server.record.requests).toHaveLength(0)
  })

  it('puts rows in the order of the questions with --ordered', async () => {
    const { out, run } = await batchOf(40, { script: { template: 'About {question}', firstDelayMs: { distribution: 'uniform', minMs: 0, maxMs: 30 } } })
    await run(['--concurrency', '16'])
    const before = idsOf(out)
    expect((await run(['--ordered'])).code).toBe(0)

    expect(before).not.toEqual(idsInOrder(40))
    expect(idsOf(out)).toEqual(idsInOrder(40))
  })

  it('streams each answer into a file of its own with --files', async () => {
    const { folder, questions, run, out } = await batchOf(2)
    writeFileSync(questions, '{"id":"a","question":"A?"}\n{"id":"../B c","question":"B?"}\n')
    expect((await run(['--files', join(folder, 'texts')])).code).toBe(0)

    const files = readdirSync(join(folder, 'texts')).toSorted()
    expect(files).toEqual(['a.md', expect.stringMatching(/^b-c-[0-9a-f]{8}\.md$/)])
    expect(readFileSync(join(folder, 'texts/a.md'), 'utf8')).toBe('About A?')
    expect(wholeRows(out).map(({ file }) => file)).toContainEqual(join(folder, 'texts', files[1] ?? ''))
  })

  it('reads standard input, a text and a table', async () => {
    const { folder, questions, run, out, args } = await batchOf(1)
    const piped = await runRiffle(['batch', '-', ...args.slice(1)], { input: 'A?\nB?\n' })
    expect([piped.code, new Set(wholeRows(out).map(({ answer }) => answer))]).toEqual([0, new Set(['About A?', 'About B?'])])
    rmSync(out)
    rmSync(questions)
    writeFileSync(join(folder, 'q.csv'), 'nr,frage\n1,"C,\nD?"\n')
    const table = await runRiffle(['batch', join(folder, 'q.csv'), ...args.slice(1), '--column', 'frage', '--id-column', 'nr'])
    expect([table.code, wholeRows(out)]).toEqual([0, [expect.objectContaining({ id: '1', question: 'C,\nD?' })]])
    expect((await run()).code).toBe(2)
  })

  it('takes lines of OpenAI batch files and writes such lines', async () => {
    const { server, questions, run, out } = await batchOf(1, { script: [{ template: 'About {question}' }, { fault: { type: 'status', status: 400 } }] })
    const body = { model: 'row-model', messages: [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'A?' }], max_tokens: 77, top_p: 0.5 }
    writeFileSync(questions, [{ custom_id: 'a', method: 'POST', url: '/v1/chat/completions', body }, { custom_id: 'b', body }].map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { code } = await run(['--format', 'openai-batch', '--concurrency', '1'])

    expect(code).toBe(4)
    expect(server.record.requests[0]?.body).toMatchObject({ model: 'row-model', messages: body.messages, max_tokens: 77, top_p: 0.5 })
    expect(wholeRows(out)).toEqual([
      {
        id: expect.stringMatching(/^batch_req_/),
        custom_id: 'a',
        response: {
          status_code: 200,
          request_id: expect.any(String),
          body: {
            id: expect.any(String), object: 'chat.completion', created: expect.any(Number), model: 'row-model',
            choices: [{ index: 0, message: { role: 'assistant', content: 'About A?', refusal: null }, logprobs: null, finish_reason: 'stop' }],
            usage: { prompt_tokens: expect.any(Number), completion_tokens: expect.any(Number), total_tokens: expect.any(Number) },
          },
        },
        error: null,
      },
    ])
    expect(wholeRows(`${out}.failed.jsonl`)).toEqual([
      { id: expect.any(String), custom_id: 'b', response: null, error: { code: 'bad-request', message: expect.any(String) } },
    ])
    const again = await run(['--format', 'openai-batch'])
    expect([again.code, server.record.requests.length]).toEqual([4, 2])
  })

  it('repairs what a crash left at the end of its output, and refuses a bad line in the middle by name', async () => {
    const { server, out, run } = await batchOf(3)
    await run()
    const whole = readFileSync(out, 'utf8')
    const lines = whole.split('\n')
    writeFileSync(out, `${lines[0]}\n${lines[1]}\n${lines[2]?.slice(0, 30)}`)
    const repaired = await run()

    expect(repaired.code).toBe(0)
    expect(repaired.stderr).toContain('its last line was not whole and was taken out')
    expect(server.record.requests).toHaveLength(4)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(3))

    writeFileSync(out, `${lines[0]}\n${lines[1]?.slice(0, 30)}\n${lines[2]}\n`)
    const refused = await run()
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('answers.jsonl:2: expected a JSON object')])
  })

  it('stops on Ctrl-C: takes no more, ends what is in flight, says how to go on', async () => {
    const { out, run, server } = await batchOf(400, { script: { template: 'About {question}', firstDelayMs: 20 } })
    const stopped = await run(['--concurrency', '4', '--sync', 'every'], signalAt(out, 8, 'SIGINT'))

    expect(stopped.code).toBe(130)
    expect(stopped.stderr).toMatch(/Stopped: \d+ answered/)
    expect(stopped.stderr).toContain('To go on: riffle batch')
    // Whatever was asked was answered: nothing is paid for twice.
    expect(wholeRows(out)).toHaveLength(server.record.requests.length)
    expect((await run()).code).toBe(0)
    expect(idsOf(out).toSorted()).toEqual(idsInOrder(400).toSorted())
    expect(server.record.requests).toHaveLength(400)
  })

  it('loses nothing and asks little twice when it is killed again and again', async () => {
    const count = 400
    const { folder, server, out, args } = await batchOf(count, { script: { template: 'About {question}', firstDelayMs: 10, delayMs: 10 } })
    const concurrency = 8
    const more = ['--concurrency', String(concurrency), '--quiet']
    let kills = 0
    let seen = new Set<string>()
    for (let seed = 1; kills < 25; seed++) {
      const asked = server.record.counts.requests
      const ended = await killedRun([...args, ...more], folder, () => server.record.counts.requests > asked, (seed * 7919) % 120)
      const now = idsOf(out)
      // What was there stays, once.
      expect(new Set(now).size).toBe(now.length)
      expect([...seen].filter((id) => !now.includes(id))).toEqual([])
      seen = new Set(now)
      if (ended) break
      kills++
    }
    const ordered = await runRiffle(['batch', ...args, ...more, '--ordered'])
    const unbroken = await batchOf(count, { script: { template: 'About {question}' } })
    await unbroken.run(['--ordered', '--quiet'])

    expect(ordered.code).toBe(0)
    expect(wholeRows(out).map(comparable)).toEqual(wholeRows(unbroken.out).map(comparable))
    // Again at most what was in flight, and what was answered and not yet synced, at each kill.
    expect(server.record.requests.length).toBeLessThanOrEqual(count + kills * (concurrency + 64))
    expect(server.record.requests.length).toBeGreaterThan(count)
    expect(kills).toBeGreaterThan(5)
  })

  it('says that its output went away, and counts nothing that is not there', async () => {
    const { out, run } = await batchOf(500, { script: { template: 'About {question}', firstDelayMs: 10 } })
    let removed = false
    const { code, stderr } = await run(['--concurrency', '4', '--sync', 'every'], {
      onStart: (child) => {
        const timer = setInterval(() => {
          if (removed || wholeRows(out).length < 5) return
          removed = true
          rmSync(out)
        }, 5)
        child.on('close', () => clearInterval(timer))
      },
    })

    expect([code, stderr]).toEqual([1, expect.stringContaining('answers.jsonl was deleted while it was written to')])
  })

  it('prints plain lines into a pipe, and nothing with --quiet', async () => {
    const { run } = await batchOf(2)
    expect((await run()).stderr).not.toMatch(/\x1b/)
    expect(await run(['--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it.each([
    [['--concurrency', '0'], 'Expected --concurrency to be a whole number from 1, got 0'],
    [['--rpm', 'x'], 'Expected --rpm to be a whole number from 1'],
    [['--max-cost', '0'], 'Expected --max-cost to be a number above 0'],
    [['--data', 'examples/documents'], 'Expected either --no-retrieval, or documents'],
    [['--rpm='], 'Expected --rpm to be a number, got an empty text'],
    [['--row-timeout', ' '], 'Expected --row-timeout to be a number, got an empty text'],
    [['--column', 'frage'], '--column is for tables, and'],
    [['--id-column', 'nr', '--input-format', 'text'], '--id-column is for tables, and'],
    [['--passage-tokens', '9'], '--passage-tokens says how documents are read: give it with --data'],
    [['--retrieval', 'magic'], 'Expected --retrieval to be bm25, vector or hybrid, got "magic"'],
  ])('refuses %j with one line', async (more, said) => {
    const { run, server } = await batchOf(1)
    const { code, stderr } = await run(more)
    expect([code, stderr.trim().split('\n').length, server.record.requests.length]).toEqual([2, 1, 0])
    expect(stderr).toContain(said)
  })

  it('wants documents or --no-retrieval, and a model for the latter', async () => {
    const folder = temporaryFolder()
    const questions = writeQuestions(folder, 1)
    const out = join(folder, 'a.jsonl')
    expect((await runRiffle(['batch', questions, '--out', out])).stderr).toContain('Name your documents with --data FOLDER or --index FILE, or ask the model alone with --no-retrieval')
    expect((await runRiffle(['batch', questions, '--out', out, '--no-retrieval'])).stderr).toContain('--no-retrieval asks a model alone: set OPENAI_API_KEY')
    expect((await runRiffle(['batch', questions, '--data', folder])).stderr).toContain('Name the file for the answers: --out FILE')
  })
})
