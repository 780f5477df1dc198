// What it costs to read an object while it streams: our incremental reader, beside parsing all that has come again with each piece.
//   node bench/json.ts
// 1 MB of JSON in pieces of 4 characters. To parse the whole text so far at each of 250,000 pieces would take minutes, so that is done at
// 250 places, evenly apart, with the text closed so that JSON.parse takes it; its time is the mean times the number of pieces.
import { createJsonReader } from 'riffle-rx/wire'
import { machine, median } from './machine.ts'

const pieceLength = 4
const places = 250

/** Cut anywhere outside a string, it becomes JSON by closing the list. */
function rowsOf(length: number): string[] {
  const rows: string[] = []
  for (let size = 0; size < length; size += rows.at(-1)!.length + 1) {
    rows.push(JSON.stringify({ id: rows.length, name: `item number ${rows.length}`, price: rows.length * 1.5, tags: ['fast', 'red'], ok: true }))
  }
  return rows
}

function incremental(text: string): number {
  const times = Array.from({ length: 5 }, () => {
    const reader = createJsonReader()
    const before = performance.now()
    for (let at = 0; at < text.length; at += pieceLength) reader.push(text.slice(at, at + pieceLength))
    if (!reader.complete) throw new Error('Expected the whole')
    return performance.now() - before
  })
  return median(times)
}

function again(rows: readonly string[], pieces: number): number {
  let total = 0
  for (let place = 1; place <= places; place++) {
    const prefix = `[${rows.slice(0, Math.ceil((rows.length * place) / places)).join(',')}]`
    const before = performance.now()
    JSON.parse(prefix)
    total += performance.now() - before
  }
  return (total / places) * pieces
}

console.log(machine())
console.table(
  [125_000, 250_000, 500_000, 1_000_000].map((length) => {
    const rows = rowsOf(length)
    const text = `[${rows.join(',')}]`
    const pieces = Math.ceil(text.length / pieceLength)
    const ours = incremental(text)
    const parsedAgain = again(rows, pieces)
    return { characters: text.length, pieces, 'reader, ms': ours.toFixed(0), 'ns a character': ((ours * 1e6) / text.length).toFixed(0), 'parsed again, ms': parsedAgain.toFixed(0), times: (parsedAgain / ours).toFixed(0) }
  }),
)
