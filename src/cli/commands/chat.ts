import { writeFile } from 'node:fs/promises'
import { Subject } from 'rxjs'
import { InputError, toErrorInfo } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { type Turn, createChatMemory } from '../../pipelines/chatMemory.ts'
import { type Conversation, conversation } from '../../pipelines/conversation.ts'
import { createGate } from '../../policies/gate.ts'
import type { Completion } from '../../types/completion.ts'
import type { LanguageModel } from '../../types/ports.ts'
import { milliseconds } from '../answerNotes.ts'
import { answering } from '../answering.ts'
import { attemptPolicy } from '../attemptPolicy.ts'
import { interrupted, openQuestions } from '../chat/readLines.ts'
import { openSession, transcript } from '../chat/session.ts'
import { askTurn } from '../chat/talk.ts'
import { checkOptions } from '../checkOptions.ts'
import { chooseModel } from '../chooseModel.ts'
import { Exit, exitCodes, explain } from '../exit.ts'
import { releaseInterrupts } from '../interrupt.ts'
import { showsDrafts } from '../mode.ts'
import type { ModeOptions } from '../modeOptions.ts'
import { openStore } from '../openStore.ts'
import type { DataOptions, ModelOptions } from '../options.ts'
import { note } from '../print.ts'
import { printSources } from '../printSources.ts'
import { type RankOptions, checkRanking, checkReranker } from '../rankOptions.ts'

export interface ChatCommandOptions extends DataOptions, ModelOptions, ModeOptions, RankOptions {
  readonly session?: string | undefined
  readonly historyTokens: number
}

const help = `/sources   the passages behind the last answer
/retry     ask the last question again
/save FILE the conversation as Markdown
/model NAME another model of the server
/tokens    what the conversation has used
/help      this
quit       leave (also exit, Ctrl-D, Ctrl-C twice)
A \\ at the end of a line goes on in the next; Ctrl-C stops an answer.`

/** A conversation over documents: at a terminal, or a question a line from a pipe. */
export async function chat(options: ChatCommandOptions): Promise<void> {
  const { quiet, maxRetries } = options
  checkOptions(options)
  checkRanking(options, options.topK)
  if (!Number.isSafeInteger(options.historyTokens) || options.historyTokens < 1) throw new InputError(`Expected --history-tokens to be a whole number from 1, got ${options.historyTokens}.`)
  const session = options.session === undefined ? undefined : await openSession(options.session)
  let model = await chooseModel(options, quiet)
  checkReranker(options, model)
  const opened = await openStore(options)
  const gate = createGate()
  const modelFor = (chosen: LanguageModel) => (chosen.id === 'extractive' ? undefined : chosen)
  /** Told with the next answer: a line from the background would stand in what is being typed. */
  let summaryFailure: unknown
  const attempt = attemptPolicy({ maxRetries, ...defined({ timeoutMs: milliseconds(options.timeout) }) })
  const memory = createChatMemory({
    maxTokens: options.historyTokens,
    summarizer: () => modelFor(model),
    attempt,
    onFailure: (error) => (summaryFailure = error),
    ...defined({ state: session?.state }),
  })
  const stop = new Subject<void>()
  const used = { input: 0, output: 0 }
  let failed = 0
  let asked = session?.state?.turns.at(-1)?.question
  let last: Completion | undefined

  const condenseOptions = {
    attempt,
    onFailure(error: unknown) {
      if (!quiet) note(`The question is searched for with the words of the one before; making it understandable alone failed: ${toErrorInfo(error).message}`)
    },
  }
  const talkWith = (chosen: LanguageModel): Conversation =>
    conversation({ ...answering(options, opened, chosen, gate), memory, condenseOptions, ...defined({ condense: modelFor(chosen) }) })
  let talk = talkWith(model)

  let busy = false
  let presses = 0
  let leavesWith: number | undefined
  const press = () => {
    if (!busy || ++presses > 1) process.exit(exitCodes.interrupted)
    stop.next()
  }
  // Reading the documents could be interrupted as a whole; from here on Ctrl-C is for one answer.
  releaseInterrupts()
  process.on('SIGINT', press)
  const tellSummary = () => {
    if (summaryFailure !== undefined && !quiet) note(`The first turns are left out of what the model is told; summarizing them failed: ${toErrorInfo(summaryFailure).message}`)
    summaryFailure = undefined
  }
  const end = () => {
    tellSummary()
    memory.close()
    opened.store.close()
  }
  const leave = (code: number) => {
    end()
    process.exit(code)
  }
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      leavesWith = signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.hungUp
      if (!busy) leave(leavesWith)
      // What came of the answer is kept first, where the disk and the reader of the output allow it.
      stop.next()
      setTimeout(leave, 1000, leavesWith).unref()
    })
  }

  /** @param replaced The turn that was taken back for this one: it comes again when the new answer comes to nothing. */
  const ask = async (question: string, replaced?: Turn) => {
    busy = true
    presses = 0
    asked = question
    const turns = memory.state.turns.length
    last = await askTurn(talk, question, { quiet, verbose: options.verbose, gate, stop, showsDrafts: showsDrafts(options) })
    if (last === undefined || last.error !== undefined) failed++
    if (replaced !== undefined && memory.state.turns.length === turns) memory.add(replaced)
    used.input += last?.usage?.inputTokens ?? 0
    used.output += last?.usage?.outputTokens ?? 0
    tellSummary()
    // The conversation goes on without its file; the next turn tries again.
    await session?.write(memory.state).catch((error: unknown) => {
      failed++
      note(`riffle: ${explain(error).line ?? ''}`)
    })
    busy = false
    if (leavesWith !== undefined) leave(leavesWith)
  }
  const commands: Readonly<Record<string, (argument: string) => void | Promise<void>>> = {
    help: () => note(help),
    sources: () => (last === undefined ? note('Nothing was answered yet.') : printSources(last)),
    tokens() {
      for (const { inputTokens, outputTokens } of memory.takeCalls()) {
        used.input += inputTokens
        used.output += outputTokens
      }
      note(`${used.input} tokens in, ${used.output} out`)
    },
    async retry() {
      if (asked === undefined) return note('There is no question to ask again.')
      note(asked)
      // One that failed before its first text is no turn: the one before it stays.
      await ask(asked, memory.state.turns.at(-1)?.question === asked ? memory.undo() : undefined)
    },
    async save(path) {
      if (path === '') return note('Say where: /save FILE')
      await writeFile(path, transcript(memory.state)).then(() => note(`Saved to ${path}`), (error: unknown) => note(`Cannot write ${path}: ${describeFileError(error)}`))
    },
    async model(name) {
      if (name === '') return note(`The model is ${model.id}.`)
      model = await chooseModel({ ...options, model: name }, quiet)
      talk = talkWith(model)
      note(`The model is ${model.id} now.`)
    },
  }
  const take = async (line: string) => {
    const [, name, argument = ''] = /^\/(\w+)(?:\s+(.*))?$/s.exec(line) ?? []
    if (name === undefined) return ask(line)
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (command === undefined) return note(`There is no /${name}; there are /${Object.keys(commands).join(', /')}.`)
    try {
      await command(argument.trim())
    } catch (error) {
      note(`riffle: ${explain(error).line ?? ''}`)
    }
  }

  const questions = openQuestions()
  if (questions.isTerminal && !quiet) note(session?.state === undefined ? 'Ask, or /help.' : `Going on after ${session.state.turns.length} turns. Ask, or /help.`)
  for (let leaving = false; ; ) {
    const line = await questions.next()
    if (line === undefined) break
    if (line === interrupted) {
      if (leaving) throw new Exit(exitCodes.interrupted)
      leaving = true
      note('Ctrl-C again leaves.')
      continue
    }
    leaving = false
    const said = line.trim()
    if (/^(\/)?(quit|exit)$/i.test(said)) break
    if (said !== '') await take(said)
  }
  end()
  if (!questions.isTerminal && failed > 0) throw new Exit(exitCodes.someFailed)
}
