/** What a UTF-16 unit may mean for sentences. A unit has one kind or none. */
export const characterKind = {
  /** `.`: ends a sentence only sometimes. */
  point: 1,
  /** `!`, `?` and their like: end a sentence when a blank follows, and no small letter. */
  mark: 2,
  /** Marks of scripts that use them for nothing else and write no blank behind them. */
  fullStop: 3,
  lineBreak: 4,
  blank: 5,
  /** Quotes, brackets and Markdown's marks that may stand between a stop and the blank. */
  closer: 6,
  opener: 7,
} as const

const members: Readonly<Record<keyof typeof characterKind, string>> = {
  point: '.',
  mark: '!?…‽⁇⁈⁉؟⸮',
  fullStop: '。！？｡．।॥۔։።។။༎᠃᭟꓿꘎',
  lineBreak: '\n\u2029',
  blank: '\t\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u202f\u205f\u3000\ufeff',
  closer: '"\')]}”’»›*_`」』）】》〉〕］｝〗〙＂＇',
  opener: '([{“‘„‚«‹¿¡<「『（【《〈〔［｛〖〘',
}

const kinds = new Uint8Array(0x10000)
const isStopOrBreak = new Uint8Array(0x10000)
for (const [name, units] of Object.entries(members)) {
  const kind = characterKind[name as keyof typeof characterKind]
  for (const unit of units) {
    kinds[unit.charCodeAt(0)] = kind
    isStopOrBreak[unit.charCodeAt(0)] = kind <= characterKind.lineBreak ? 1 : 0
  }
}

/** The first offset from `at` on that holds a stop or a line break, at most `end`. The loop that looks at every unit of a text. */
export function skipToStop(text: string, at: number, end: number): number {
  while (at < end && !isStopOrBreak[text.charCodeAt(at)]) at++
  return at
}

/** The kind of a UTF-16 unit, 0 for all others and behind the end of a text. */
export function kindOf(unit: number): number {
  return kinds[unit] ?? 0
}

export function isBlank(unit: number): boolean {
  const kind = kinds[unit]
  return kind === characterKind.blank || kind === characterKind.lineBreak
}

/** The first offset from `at` on that holds no blank, at most `end`. */
export function skipBlanks(text: string, at: number, end: number): number {
  while (at < end && isBlank(text.charCodeAt(at))) at++
  return at
}
