import { passageBlocks } from '../internal/passageBlocks.ts'
import { type PromptTemplate, fillTemplate } from '../internal/promptTemplate.ts'
import type { Message } from '../types/completion.ts'
import type { Group } from './groups.ts'
import type { ModeSettings } from './options.ts'

/** What a model is told of one group of passages. */
export function groupMessages(question: string, { passages, firstNumber }: Group, settings: ModeSettings, history: readonly Message[] = []): readonly Message[] {
  return filledMessages(settings.template, { question, passages: passageBlocks(passages, question, firstNumber) }, settings, history)
}

/** A template, filled. Instructions of one's own hold for those as well that work on what calls before made. */
export function filledMessages(
  filled: PromptTemplate,
  values: Readonly<Record<string, string>>,
  { system, template }: ModeSettings,
  history: readonly Message[] = [],
): readonly Message[] {
  const instructions = filled === template ? system : system === template.system ? filled.system : `${system}\n\n${filled.system}`
  return [{ role: 'system', content: instructions }, ...history, { role: 'user', content: fillTemplate(filled.user, values) }]
}
