import { defer } from 'rxjs'
import type { LanguageModel } from '../types/ports.ts'
import { harmlessText } from '../internal/harmlessText.ts'
import { dim, note } from './print.ts'

/** The same model; what it is sent is shown on standard error first. */
export function printPrompt(model: LanguageModel): LanguageModel {
  return {
    ...model,
    stream: (request) =>
      defer(() => {
        for (const { role, content } of request.messages) note(dim(`--- ${role}\n${harmlessText()(content)}`))
        note(dim('---'))
        return model.stream(request)
      }),
  }
}
