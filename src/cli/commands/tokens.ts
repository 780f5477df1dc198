import { readFile } from 'node:fs/promises'
import { InputError, toErrorInfo } from '../../errors.ts'
import { encodingForModel, tiktoken } from '../../models/tiktoken.ts'
import { decodeText } from '../../parsers/decodeText.ts'
import { exitCodes, Exit } from '../exit.ts'
import { note, safe } from '../print.ts'
import { count } from '../progress.ts'

export interface TokensOptions {
  readonly files: readonly string[]
  readonly encoding?: string
  readonly model?: string
  readonly format: 'text' | 'ndjson'
}
