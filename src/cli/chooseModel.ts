import { InputError } from '../errors.ts'
import { extractive } from '../models/extractive.ts'
import type { LanguageModel } from '../types/ports.ts'
import { defined } from '../internal/defined.ts'
import { environment } from './environment.ts'
import type { ModelOptions } from './options.ts'
import { note } from './print.ts'

/** Used when there is a key and no `--model`. */
const defaultModel = 'gpt-4.1-mini'

export interface ModelChoice extends Pick<ModelOptions, 'model' | 'baseUrl'> {
  /** Further fields of the request, as the server names them. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/** The model that the options and the environment name; without a key and a server, the offline one, and says so. */
export async function chooseModel(options: ModelChoice, quiet: boolean): Promise<LanguageModel> {
  const apiKey = environment.apiKey()
  const baseUrl = options.baseUrl ?? environment.baseUrl()
  const offline = options.model === 'extractive' || (apiKey === undefined && baseUrl === undefined)
  if (offline) {
    if (options.model !== undefined && options.model !== 'extractive') {
      throw new InputError(`The model ${options.model} needs a server: set OPENAI_API_KEY, or give --base-url.`)
    }
    if (options.model === undefined && !quiet) {
      note('Offline: no OPENAI_API_KEY and no --base-url, so this quotes your files and asks no language model.')
    }
    return extractive()
  }
  if (options.model === undefined && baseUrl !== undefined) {
    throw new InputError(`Which model of ${serverName(baseUrl)}? Give --model NAME.`)
  }
  const [{ openai }, { tiktoken }] = await Promise.all([import('../models/openaiModel.ts'), import('../models/tiktoken.ts')])
  const model = options.model ?? defaultModel
  return openai({ model, tokenizer: tiktoken(model), ...defined({ apiKey, baseUrl, parameters: options.parameters }) })
}

/** What may be printed of an address: it can hold a password or a key. */
function serverName(baseUrl: string): string {
  if (!URL.canParse(baseUrl)) throw new InputError('Expected --base-url to be an address such as http://localhost:11434/v1.')
  return new URL(baseUrl).host
}
