import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EMPTY, type Observable, concat, defer } from 'rxjs'
import { type Stage, indent } from './stage.ts'

const commands = [
  'riffle ask "your question" --data your/folder',
  'riffle ask "your question" --data your/folder \\',
  '  --base-url http://localhost:11434/v1 --model qwen3 \\',
  '  --after-cut continue',
  'riffle search "some words" --data your/folder',
]

const program = [
  'const store = memoryStore()',
  "await lastValueFrom(ingest(filesIn('docs'), { store }))",
  "const model = continueAfterCut(openai({ model: 'qwen3', baseUrl }))",
  'const chunks = answer(question, { store, model })',
  'await lastValueFrom(chunks.pipe(toStdout()))',
]

/** Three commands to try, the program behind the first part, and where its code is in the package's folder. */
export function whatNext(stage: Stage, folder: string): Observable<never> {
  const { say, print, paint } = stage
  const pathOf = (name: string) => (existsSync(join(folder, 'src')) ? `src/${name}.ts` : `dist/${name}.js`)
  const list = (lines: readonly string[]) =>
    defer(() => {
      stage.write('\n')
      for (const line of lines) print(line.trimStart(), indent + blanksBefore(line), `${indent}    `)
      return EMPTY
    })
  return concat(
    say(paint.bold('3  Your turn'), 0, ''),
    say('Ask your own files, offline; ask a model about them; only search:'),
    list(commands),
    say('The first part, as a program:'),
    list(program),
    say(`The code behind it, in ${folder}:`),
    list([pathOf('policies/continueAfterCut'), pathOf('pipelines/answer')]),
  )
}

function blanksBefore(line: string): string {
  return ' '.repeat(line.length - line.trimStart().length)
}
