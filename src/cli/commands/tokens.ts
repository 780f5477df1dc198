import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { InputError, RagError } from '../../errors.ts'
import { describeFileError } from '../../internal/describeFileError.ts'
import { writeTo } from '../../internal/writeTo.ts'
import { encodingForModel, tiktoken } from '../../models/tiktoken.ts'
import { decodeText } from '../../parsers/decodeText.ts'
import { Exit, exitCodes } from '../exit.ts'
import { note, safe } from '../print.ts'
import { count } from '../progress.ts'

export interface TokensOptions {
  readonly files: readonly string[]
  readonly encoding?: string | undefined
  readonly model?: string | undefined
  readonly format: 'text' | 'ndjson'
}

/** Prints the tokens of each text file, and of all together. A file that cannot be read is named; the rest is counted. */
export async function tokens(options: TokensOptions): Promise<void> {
  const { files, encoding, model, format } = options
  if (encoding !== undefined && model !== undefined) throw new InputError('Give --encoding or --model, not both.')
  const tokenizer = tiktoken(encoding ?? (model === undefined ? undefined : encodingForModel(model)))
  let total = 0
  let failed = 0
  for (const file of files) {
    try {
      const text = await readText(file)
      const tokens = tokenizer.count(text)
      total += tokens
      const line = format === 'ndjson' ? JSON.stringify({ file, tokens, characters: text.length, tokenizer: tokenizer.id }) : `${count(tokens)}\t${safe(file)}`
      await writeTo(process.stdout, `${line}\n`)
    } catch (error) {
      if (error instanceof RagError && ['output', 'closed-pipe'].includes(error.code)) throw error
      failed++
      note(`riffle: ${safe(file)}: ${safe(error instanceof RagError ? error.message : describeFileError(error))}`)
    }
  }
  if (files.length > 1 && format === 'text') await writeTo(process.stdout, `${count(total)}\ttotal\n`)
  if (failed > 0) throw new Exit(failed === files.length ? exitCodes.badInput : exitCodes.someFailed)
}

async function readText(file: string): Promise<string> {
  const bytes = file === '-' ? await buffer(process.stdin) : await readFile(file)
  return (await decodeText(bytes, file)).text
}
