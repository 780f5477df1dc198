// Texts for measurements, the same on every run. Words are drawn so that a few are frequent and most are rare, as in a
// language: the word at rank r is drawn about as often as 1 / r. So pieces of text repeat about as often as in real text;
// for Japanese and Chinese, whose tokenizer pieces are whole clauses, nearly every piece is new.

/** Numbers from 0 to 1 by a linear congruential generator. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

/** Few words often, most words seldom. */
function drawFrom(words: readonly string[], random: () => number): () => string {
  return () => words[Math.floor(words.length ** random()) - 1] ?? ''
}

const syllables = 'ba ce di fo gu ha jo ki la me no pa qua re si to un ver wi za ment tion al er ing ed ly ous ive con pro inter trans sub'.split(' ')
const frequent = 'the of and to in is that for it as was with be by on not he this are or from at which but have an had they you were'.split(' ')

function invented(count: number, random: () => number): string[] {
  const syllable = () => syllables[Math.floor(random() * syllables.length)] ?? ''
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(random() * 4) }, syllable).join(''))
}

function texts(count: number, length: number, sentence: () => string): string[] {
  return Array.from({ length: count }, () => {
    let text = ''
    for (let sentences = 1; text.length < length; sentences++) text += sentence() + (sentences % 5 === 0 ? '\n\n' : '')
    return text.trim()
  })
}

export function prose(count: number, length: number): string[] {
  const random = randomNumbers(1)
  const word = drawFrom([...frequent, ...invented(12_000, random)], random)
  return texts(count, length, () => {
    const words = Array.from({ length: 8 + Math.floor(random() * 18) }, word)
    return `${words.join(' ').replace(/^./, (first) => first.toUpperCase())}. `
  })
}

const common = `time year people way day man thing woman life child world school state family student group country problem hand part place case week company system
program question work government number night point home water room mother area money story fact month lot right study book eye job word business issue side kind head house
service friend father power hour game line end member law car city community name president team minute idea body information back parent face level office door health person
art war history party result change morning reason research girl guy moment air teacher force education river stone bridge market engine garden winter summer valley mountain
paper letter window street field animal bird forest ocean island ship train station road village farmer doctor nurse soldier king queen language music colour picture sound
is was are has had can will said made went took saw knew gave found thought told became showed left felt put brought began kept held wrote stood heard let meant met ran paid
good new first last long great little own other old big high different small large next early young important few public bad same able white black short certain open simple
quickly slowly often never always again still perhaps together almost however although because while before after during between under over through across against within about`.split(/\s/)

/** English words as they are used, and among the rare ones names and terms that no dictionary has. */
export function english(count: number, length: number): string[] {
  const random = randomNumbers(5)
  const word = drawFrom([...frequent, ...common, ...invented(200, random)], random)
  return texts(count, length, () => {
    const words = Array.from({ length: 6 + Math.floor(random() * 16) }, () => word() + (random() < 0.06 ? ',' : ''))
    return `${words.join(' ').replace(/^./, (first) => first.toUpperCase()).replace(/,?$/, '.')} `
  })
}

export function generatedHtml(count: number, length: number): string[] {
  const random = randomNumbers(2)
  const word = drawFrom([...frequent, ...invented(6_000, random)], random)
  const names = ['div', 'p', 'span', 'li', 'td', 'a']
  return texts(count, length, () => {
    const name = names[Math.floor(random() * names.length)] ?? 'p'
    const words = Array.from({ length: 3 + Math.floor(random() * 12) }, word).join(' ')
    return `<${name} class="${word()}-${word()}" id="${word()}${Math.floor(random() * 1e4)}"><a href="/wiki/${word()}_${word()}">${words}</a></${name}>\n`
  })
}

const kanji = `日本国人年大会社中長出事者地方分自時生場合行業立部内学校体力手目的金物理気小前後見問題電話車家族店水道路海山川空天新聞世界政治経済
文化歴史科技術研究開発情報通信交通医療教育環境農工商品質量計画実現可能性質変化調査結果方法目標達成重要必要不安全保障関係法律制度利用者市民生活動物植
林石油価格市場競争企業経営管理組織構造設計製造機械自動運転制御装置回路電子計算処理速度精度温度圧力密度濃度反応過程段階条件基準評価分析比較検討`.replace(/\s/g, '')
const hanzi = `的一是不了在人有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都然没日于起还发成
事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名
定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住`.replace(/\s/g, '')
const katakana = 'コンピュータ データ システム ネットワーク サービス プログラム ユーザー インターネット エネルギー プロジェクト モデル テスト'.split(' ')
const particles = 'は が を に で と も の から まで より へ について として によって'.split(' ')
const verbs = 'する なる ある 行う 示す 考える 用いる 述べる 求める 変わる 進める 得られる 増えている 見られた 始まった 知られている'.split(' ')

function compounds(characters: string, count: number, random: () => number): string[] {
  const character = () => characters[Math.floor(random() * characters.length)] ?? ''
  return Array.from({ length: count }, () => Array.from({ length: 1 + Math.floor(random() * 3) }, character).join(''))
}

export function japanese(count: number, length: number): string[] {
  const random = randomNumbers(3)
  const noun = drawFrom([...katakana, ...compounds(kanji, 4_000, random)], random)
  const particle = drawFrom(particles, random)
  const verb = drawFrom(verbs, random)
  const clause = () => `${noun()}${particle()}${random() < 0.6 ? noun() + particle() : ''}${noun()}${particle()}${verb()}`
  return texts(count, length, () => `${Array.from({ length: 1 + Math.floor(random() * 3) }, clause).join('、')}。`)
}

export function chinese(count: number, length: number): string[] {
  const random = randomNumbers(4)
  const word = drawFrom(compounds(hanzi, 5_000, random), random)
  const clause = () => Array.from({ length: 3 + Math.floor(random() * 6) }, word).join('')
  return texts(count, length, () => `${Array.from({ length: 1 + Math.floor(random() * 4) }, clause).join('，')}。`)
}
