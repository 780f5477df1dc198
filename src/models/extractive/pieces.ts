/** A piece of an answer: text, or the marker of a citation with what it cites. */
export type Piece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'citation'; readonly passage: number; readonly quote: string }

/** Nobody may take quotations for a language model: every answer begins with this. */
export const label = 'Quotations from your files (offline: keyword search, no language model):'

export function text(content: string): Piece {
  return { type: 'text', text: content }
}

export function citation(passage: number, quote: string): Piece {
  return { type: 'citation', passage, quote }
}
