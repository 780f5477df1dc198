// node bench/split.ts
//
// How fast documents are split with exact token counts, against a bare pass of tiktoken over the same texts. Real texts where
// ../shared/data is there, else generated ones. Each round takes a bare pass line by line, then a split whose cache of counts
// is empty; the tables are loaded before. Every passage's count is then compared with tiktoken's.

import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { from, lastValueFrom, toArray } from 'rxjs'
import { type Document, split } from 'riffle-rx'
import { tiktoken } from 'riffle-rx/tiktoken'
import { get_encoding } from 'tiktoken'
import { chinese, generatedHtml, japanese, prose } from './generatedText.ts'

const rounds = 7
const encoder = get_encoding('o200k_base')
tiktoken().count('loads the tables')

const data = new URL('../../shared/data/', import.meta.url)
const isReal = existsSync(data)
const read = (path: string) => readFileSync(new URL(path, data), 'utf8')
const abstracts = (name: string) =>
  read(`ir/${name}/corpus.jsonl`).split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { text: string }).text)
const joined = (texts: readonly string[], size: number) =>
  Array.from({ length: Math.ceil(texts.length / size) }, (_, index) => texts.slice(index * size, (index + 1) * size).join('\n\n'))

const cranfield = isReal ? abstracts('cranfield') : prose(1_400, 900)
const corpora: Record<string, readonly string[]> = {
  [isReal ? 'prose: Cranfield abstracts' : 'prose: generated, short']: cranfield,
  [isReal ? 'prose: NPL abstracts' : 'prose: generated, shorter']: isReal ? abstracts('npl') : prose(11_000, 270),
  'prose: the first, 100 joined to a document': joined(cranfield, 100),
  [isReal ? 'HTML as it is' : 'HTML: generated']: isReal
    ? readdirSync(new URL('docs/html', data)).filter((name) => name.endsWith('.html')).map((name) => read(`docs/html/${name}`))
    : generatedHtml(6, 70_000),
  'Japanese: generated': japanese(20, 20_000),
  'Chinese: generated': chinese(20, 20_000),
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN
const timed = async (work: () => unknown) => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

console.log(`${cpus()[0]?.model} x ${cpus().length}, Node ${process.version}, ${isReal ? 'shared data' : 'generated text'}, medians of ${rounds} rounds`)
const rows: Record<string, Record<string, string | number>> = {}
for (const [name, texts] of Object.entries(corpora)) {
  const documents: Document[] = texts.map((text, index) => ({ id: String(index), text }))
  const lines = texts.flatMap((text) => text.split(/(?<=\n)/))
  const megabytes = Buffer.byteLength(texts.join('')) / 1e6
  const splitAll = () => lastValueFrom(from(documents).pipe(split({ tokenizer: tiktoken() }), toArray()))
  const countBare = () => lines.reduce((sum, line) => sum + encoder.encode_ordinary(line).length, 0)

  const passages = await splitAll()
  const bare: number[] = []
  const ours: number[] = []
  for (let round = 0; round < rounds; round++) {
    bare.push(await timed(countBare))
    ours.push(await timed(splitAll))
  }
  const wrong = passages.filter(({ text, tokens }) => encoder.encode_ordinary(text).length !== tokens).length
  rows[name] = {
    MB: megabytes.toFixed(1),
    passages: passages.length,
    'tiktoken MB/s': (megabytes / (median(bare) / 1e3)).toFixed(1),
    'split MB/s': (megabytes / (median(ours) / 1e3)).toFixed(1),
    'times as fast': (median(bare) / median(ours)).toFixed(2),
    'wrong counts': wrong,
  }
}
console.table(rows)
