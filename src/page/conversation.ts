import type { ErrorInfo } from '../types/chunk.ts'
import { type Api, type Price, RefusedError } from './api.ts'
import { byId } from './dom.ts'
import { follow, type Wanted } from './follow.ts'
import type { Announce } from './announce.ts'
import type { OpenPassage } from './sourceItem.ts'
import { savedTurns } from './storage.ts'
import { type TurnView, createTurnView } from './turnView.ts'
import { type Turn, fromBeginning, historyOf, newTurn, textOf, withError, withEvent } from './turn.ts'

export interface Conversation {
  readonly isRunning: boolean
  readonly isEmpty: boolean
  /** What this tab had before it was loaded anew; an answer under way goes on. */
  restore(): void
  ask(question: string): void
  stop(): void
  /** Stops what is running and forgets all. */
  clear(): void
}

export interface ConversationOptions {
  readonly api: Api
  readonly announce: Announce
  readonly open: OpenPassage
  readonly price: () => Price | undefined
  /** Asks for the token; resolves when there is one. */
  readonly enter: () => Promise<void>
  /** Called whenever `isRunning` or `isEmpty` may have changed. */
  readonly onChange: () => void
}

/** The turns on the page, at most one of them under way. */
export function createConversation({ api, announce, open, price, enter, onChange }: ConversationOptions): Conversation {
  const place = byId('turns')
  let turns: Turn[] = []
  let views: TurnView[] = []
  let running: Turn | undefined
  let stopAsked = false
  let drawing = false
  /** Grows when all is forgotten: what still comes for turns of before is for nobody. */
  let era = 0

  const replace = (turn: Turn) => {
    turns[turns.length - 1] = turn
    running = turn.ended === undefined ? turn : undefined
  }
  const draw = () => {
    drawing = false
    const turn = turns.at(-1)
    if (turn !== undefined) views.at(-1)?.show(turn)
  }
  const drawSoon = () => {
    if (!drawing) requestAnimationFrame(draw)
    drawing = true
  }
  const add = (turn: Turn) => {
    const view = createTurnView(views.length, turn.question, { open, price, again: () => askAgain(turn.question) })
    turns.push(turn)
    views.push(view)
    place.append(view.root)
    view.show(turn)
    return view
  }
  const askAgain = (question: string) => {
    if (running === undefined) ask(question)
  }
  const sendStop = async () => {
    if (running?.run === undefined) return
    await api.stop(running.run).catch(() => undefined)
  }
  const end = (turn: Turn) => {
    replace(turn)
    draw()
    savedTurns.set(turns)
    announce(describeEnd(turn))
    onChange()
  }

  const watch = async (wanted: Wanted, view: TurnView) => {
    const mine = era
    let told = 'question' in wanted
    const isMine = () => mine === era
    try {
      await follow(api, wanted, {
        onEvent(event) {
          if (!isMine()) return
          const before = turns.at(-1)!
          // The first event of a run that is told once more.
          const turn = withEvent(told ? before : fromBeginning(before), event, Date.now())
          told = true
          if (textOf(before) === '' && textOf(turn) !== '') announce('The answer is being written.')
          if (turn.ended !== undefined) return end(turn)
          replace(turn)
          if (event.type === 'run') {
            savedTurns.set(turns)
            if (stopAsked) void sendStop()
          }
          drawSoon()
        },
        onLost(inMs, now) {
          if (!isMine()) return
          view.showLost({ inMs, now })
          globalThis.addEventListener('online', now, { once: true })
          announce('The connection is lost. Trying again.')
        },
        onBack() {
          view.showLost(undefined)
          announce('The connection is back.')
          if (stopAsked) void sendStop()
        },
      })
    } catch (error) {
      if (!isMine()) return
      view.showLost(undefined)
      if (error instanceof RefusedError && error.status === 401) {
        await enter()
        const run = turns.at(-1)?.run
        // What has begun is not asked again.
        if (isMine()) await watch(run === undefined ? wanted : { run }, view)
        return
      }
      end(withError(turns.at(-1)!, errorInfo(error), Date.now()))
    }
  }

  const ask = (question: string) => {
    const history = historyOf(turns)
    const turn = newTurn(question, Date.now())
    const view = add(turn)
    replace(turn)
    stopAsked = false
    savedTurns.set(turns)
    announce('Searching.')
    onChange()
    view.root.scrollIntoView({ block: 'start' })
    void watch({ question, history }, view)
  }

  globalThis.addEventListener('pagehide', () => savedTurns.set(turns))

  return {
    get isRunning() {
      return running !== undefined
    },
    get isEmpty() {
      return turns.length === 0
    },
    restore() {
      for (const turn of savedTurns.get()) add(turn)
      const last = turns.at(-1)
      if (last !== undefined && last.ended === undefined) {
        replace(last)
        if (last.run === undefined) end(withError(last, { code: 'unknown', message: 'The page was left before the answer began.' }, Date.now()))
        else void watch({ run: last.run }, views.at(-1)!)
      }
      onChange()
    },
    ask,
    stop() {
      stopAsked = true
      void sendStop()
    },
    clear() {
      void sendStop()
      era++
      turns = []
      views = []
      running = undefined
      place.replaceChildren()
      savedTurns.set(turns)
      onChange()
    },
  }
}

function describeEnd(turn: Turn): string {
  if (turn.error !== undefined) return `The answer failed. ${turn.error.message}`
  const count = textOf(turn).split(/\s+/).filter((word) => word !== '').length
  const words = `${count} ${count === 1 ? 'word' : 'words'}, ${turn.sources.length} ${turn.sources.length === 1 ? 'source' : 'sources'}`
  return turn.ended === 'stopped' ? `Stopped. ${words}.` : `The answer is complete. ${words}.`
}

function errorInfo(error: unknown): ErrorInfo {
  if (error instanceof RefusedError) return error.status === 404 || error.status === 410 ? { code: error.info.code, message: 'The server no longer has this answer.' } : error.info
  return { code: 'network', message: 'The server cannot be reached.' }
}
