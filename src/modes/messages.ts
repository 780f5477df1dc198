import { passageBlocks } from '../internal/passageBlocks.ts'
import { type PromptTemplate, fillTemplate } from '../internal/promptTemplate.ts'
import type { Message } from '../types/completion.ts'
import type { Group } from './groups.ts'
import type { ModeSettings } from './options.ts'

/** What a model is told of one group of passages. */
export function groupMessages(question: string, { passages, firstNumber }: Group, { system, template }: ModeSettings): readonly Message[] {
  return filled(system, template, { question, passages: passageBlocks(passages, question, firstNumber) })
}

/** A template that works on what calls before made. Instructions of one's own hold for it as well. */
export function furtherMessages(further: PromptTemplate, values: Readonly<Record<string, string>>, { system, template }: ModeSettings): readonly Message[] {
  return filled(system === template.system ? further.system : `${system}\n\n${further.system}`, further, values)
}

function filled(system: string, { user }: PromptTemplate, values: Readonly<Record<string, string>>): readonly Message[] {
  return [{ role: 'system', content: system }, { role: 'user', content: fillTemplate(user, values) }]
}
