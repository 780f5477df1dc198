import { writeFile } from 'node:fs/promises'
import { Subject } from 'rxjs'
import { InputError } from '../../errors.ts'
import { defined } from '../../internal/defined.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { createChatMemory } from '../../pipelines/chatMemory.ts'
import { type Conversation, conversation } from '../../pipelines/conversation.ts'
import { createGate } from '../../policies/gate.ts'
import type { Completion } from '../../types/completion.ts'
import type { LanguageModel } from '../../types/ports.ts'
import { answering } from '../answering.ts'
import { interrupted, openQuestions } from '../chat/readLines.ts'
import { readSession, transcript, writeSession } from '../chat/session.ts'
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
  const { quiet, session } = options
  checkOptions(options)
  checkRanking(options, options.topK)
  if (!Number.isSafeInteger(options.historyTokens) || options.historyTokens < 1) throw new InputError(`Expected --history-tokens to be a whole number from 1, got ${options.historyTokens}.`)
  const state = session === undefined ? undefined : readSession(session)
  let model = await chooseModel(options, quiet)
  checkReranker(options, model)
  const opened = await openStore(options)
  const gate = createGate()
  const modelFor = (chosen: LanguageModel) => (chosen.id === 'extractive' ? undefined : chosen)
  const memory = createChatMemory({ maxTokens: options.historyTokens, ...defined({ state, summarizer: modelFor(model) }) })
  const stop = new Subject<void>()
  const used = { input: 0, output: 0 }
  let failed = 0
  let last: Completion | undefined

  const talkWith = (chosen: LanguageModel): Conversation =>
    conversation({ ...answering(options, opened, chosen, gate), memory, ...defined({ condense: modelFor(chosen) }) })
  let talk = talkWith(model)

  let busy = false
  let presses = 0
  const press = () => {
    if (!busy || ++presses > 1) process.exit(exitCodes.interrupted)
    stop.next()
  }
  // Reading the documents could be interrupted as a whole; from here on Ctrl-C is for one answer.
  releaseInterrupts()
  process.on('SIGINT', press)
  const end = () => {
    memory.close()
    opened.store.close()
  }
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      stop.next()
      end()
      process.exit(signal === 'SIGTERM' ? exitCodes.terminated : exitCodes.hungUp)
    })
  }

  const ask = async (question: string) => {
    busy = true
    presses = 0
    last = await askTurn(talk, question, { quiet, verbose: options.verbose, gate, stop, showsDrafts: showsDrafts(options) })
    busy = false
    if (last === undefined) failed++
    used.input += last?.usage?.inputTokens ?? 0
    used.output += last?.usage?.outputTokens ?? 0
    if (session !== undefined) await writeSession(session, memory.state)
  }
  const commands: Readonly<Record<string, (argument: string) => void | Promise<void>>> = {
    help: () => note(help),
    sources: () => (last === undefined ? note('Nothing was answered yet.') : printSources(last)),
    tokens: () => note(`${used.input} tokens in, ${used.output} out`),
    async retry() {
      const turn = memory.undo()
      if (turn === undefined) return note('There is no question to ask again.')
      note(turn.question)
      await ask(turn.question)
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
    const command = commands[name]
    if (command === undefined) return note(`There is no /${name}; there are /${Object.keys(commands).join(', /')}.`)
    try {
      await command(argument.trim())
    } catch (error) {
      note(`riffle: ${explain(error).line ?? ''}`)
    }
  }

  const questions = openQuestions()
  if (questions.isTerminal && !quiet) note(state === undefined ? 'Ask, or /help.' : `Going on after ${state.turns.length} turns. Ask, or /help.`)
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
