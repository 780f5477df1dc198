import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimatedTokens } from '../../src/models/estimatedTokens.ts'
import { tiktoken } from '../../src/models/tiktoken.ts'

const samples: Record<string, string> = {
  prose: 'The pipeline reads each document once, cuts it into passages, and writes them in one transaction. Whoever interrupts it finds the index whole; the next run goes on where this one ended, without reading again what has not changed since.',
  code: 'export function embed(embedder: Embedder, options: EmbedOptions = {}): OperatorFunction<Passage, EmbeddedPassage> {\n  const { batchSize = 64, concurrency = 4 } = options\n  return (passages) => passages.pipe(bufferCount(batchSize), mergeMap(embedBatch, concurrency))\n}\n',
  html: '<div class="menu-item active" id="item-42"><a href="/wiki/Stream_processing" title="Stream processing">Stream processing</a></div>\n<p>See <b>also</b> the list of <i>operators</i>.</p>\n',
  German: 'Die Verarbeitung beginnt, sobald der erste Abschnitt eingelesen ist, und endet ohne Verzögerung, wenn niemand mehr zuhört.',
  Russian: 'Обработка начинается, как только прочитан первый раздел, и заканчивается сразу, когда никто больше не слушает.',
  Chinese: '处理从读取第一部分开始，当没有人再听的时候立即结束。每个文档只读取一次，然后分成段落写入数据库。',
  Japanese: '最初の部分が読み込まれるとすぐに処理が始まり、誰も聞かなくなると直ちに終わります。文書は一度だけ読まれます。',
  Korean: '첫 번째 부분을 읽으면 바로 처리가 시작되고, 아무도 듣지 않으면 즉시 끝납니다.',
  Arabic: 'تبدأ المعالجة بمجرد قراءة القسم الأول، وتنتهي فورا عندما لا يستمع أحد بعد ذلك.',
}

describe('estimatedTokens', () => {
  for (const [name, sample] of Object.entries(samples)) {
    it(`is not far from o200k_base for ${name}`, () => {
      const ratio = estimatedTokens().count(sample) / tiktoken().count(sample)
      expect(ratio).toBeGreaterThan(0.65)
      expect(ratio).toBeLessThan(1.5)
    })
  }

  it('counts nothing for nothing, and at least a token for anything', () => {
    const { count } = estimatedTokens()
    expect(count('')).toBe(0)
    for (const text of ['a', ' ', '\n', '.', '中', '😀', '\ud83d', '1']) expect(count(text)).toBeGreaterThanOrEqual(1)
  })

  it('counts a growing text as the whole, for every cut', () => {
    const tokenizer = estimatedTokens()
    const parts = fc.array(fc.oneof(fc.string({ unit: 'binary', maxLength: 6 }), fc.constantFrom('hello', "'s", ' ', '\n', '\ud83d', '\ude00', '中文', '--')), { maxLength: 30 })
    fc.assert(
      fc.property(parts, (pieces) => {
        const counter = tokenizer.counter?.()
        let all = ''
        for (const piece of pieces) {
          all += piece
          expect(counter?.add(piece)).toBe(tokenizer.count(all))
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('says that it estimates', () => {
    expect(estimatedTokens()).toMatchObject({ id: 'estimated', exact: false })
  })
})
