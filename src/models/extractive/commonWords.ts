import { analyze } from '../../internal/analyze.ts'

/** Words by which a question is asked; they say nothing of its subject. */
const framing = `
  tell say says said explain describe describes show list find know mean means meaning define definition talk discuss
  discussed mention mentioned write written according answer question example detail information document documents
  called please help want need wonder look understand summary summarize give something anything everything someone
  anyone regarding concern concerning exactly actually basically kind many ask`

/** Words so frequent that a text about anything holds them: they weigh little, and may be missing. */
const common = `
  able accept achieve act add allow always amount appear apply approach article available avoid back bad base become
  begin best better big bring build call care carry case cause certain change check child children choose city clear
  close color come common compare complete consider contain continue control correct could country create current
  currently date day deal decide default difference different differently difficult directly do easily easy effect
  enable enables end enough ensure especially example exist expect fact famous far fast feature feel few file final
  first folder follow form four full general get go good great group grow hand handle happen hard hear high hold idea
  important improve include inside instead issue item keep kind large last late later latest lead leave left length less
  let lets level life like limit line little live lived local long lot low main make man manage manner matter maximum
  maybe men method minimum moment month move multiple name new next normal normally note now number occur offer ok old
  one open option order original own page paper part particular pass people perform person place plan point possible
  possibly prefer present prevent problem process produce properly provide purpose put quick quickly quite rate reach
  read ready real reason receive recommend reduce relate related remain remember remove require result return right role
  rule run safe save section see seem select send separate serve set short should side simple simply single size slow
  small solve somebody sometimes soon special specific standard start state stay step still stop story style sure system
  take task team term test text thing think three time today together tomorrow top total true try turn two type under
  usage useful user usual usually value various version view wait walk watch way week well whole wide woman women word
  work world worth wrong year yesterday young`

let framingTerms: ReadonlySet<string> | undefined
let commonTerms: ReadonlySet<string> | undefined

export function isFramingWord(term: string): boolean {
  framingTerms ??= new Set(analyze(framing))
  return framingTerms.has(term)
}

export function isCommonWord(term: string): boolean {
  commonTerms ??= new Set(analyze(common))
  return commonTerms.has(term)
}

/** The search terms of a text that say something of its subject. */
export function contentTerms(text: string): string[] {
  return analyze(text).filter((term) => !isCommonWord(term) && !isFramingWord(term))
}
