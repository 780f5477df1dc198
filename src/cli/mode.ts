import type { MonoTypeOperatorFunction } from 'rxjs'
import { defined } from '../internal/defined.ts'
import { harmlessText } from '../internal/harmlessText.ts'
import { type ResponseModeName, responseModes } from '../modes/responseModes.ts'
import type { Chunk } from '../types/chunk.ts'
import type { LanguageModel } from '../types/ports.ts'
import type { ModeOptions } from './modeOptions.ts'
import { dim, note } from './print.ts'

interface ModeParts {
  /** Inside each call. */
  readonly attempt?: MonoTypeOperatorFunction<Chunk> | undefined
  readonly system?: string | undefined
  readonly maxOutputTokens?: number | undefined
  /** `accumulate` gives each answer when it is whole: for attempts that start again after text. */
  readonly whole?: boolean
}

/** The model, in the response mode of this name. */
export function inMode(model: LanguageModel, mode: ResponseModeName, { attempt, system, maxOutputTokens, whole }: ModeParts): LanguageModel {
  return responseModes[mode](model, defined({ attempt, system, answerTokens: maxOutputTokens, whole }))
}

/** On a terminal, of modes whose drafts come one after another. */
export function showsDrafts({ mode }: ModeOptions): boolean {
  return process.stderr.isTTY && mode !== 'tree-summarize'
}

/** Tells on standard error how far a mode with several calls has come; on a terminal the drafts of one that refines, too. */
export function tellProgress(quiet: boolean, showsDrafts: boolean): (chunk: Chunk) => void {
  const shown = harmlessText()
  let inDraft = false
  const endDraft = () => {
    if (inDraft) process.stderr.write('\n')
    inDraft = false
  }
  return (chunk) => {
    if (quiet) return
    if (chunk.type === 'draft' && showsDrafts) {
      if (chunk.start === true) {
        endDraft()
        process.stderr.write(dim(`draft ${chunk.step}: `))
      }
      inDraft = true
      process.stderr.write(dim(shown(chunk.text)))
    } else if (chunk.type === 'progress') {
      endDraft()
      if (chunk.stage === 'fit') note(dim(`Only the best ${chunk.done} of ${chunk.of} passages fit into the prompt.`))
      else if (chunk.done > 0 && chunk.stage !== 'accumulate') note(dim(`${chunk.stage === 'refine' ? 'drafted' : 'summarized'} ${chunk.done} of ${chunk.of}`))
    }
  }
}
