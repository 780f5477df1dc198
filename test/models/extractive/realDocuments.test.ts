import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createBm25 } from '../../../src/internal/bm25.ts'
import { indexedTerms } from '../../../src/internal/indexedTerms.ts'
import type { ScoredPassage } from '../../../src/types/document.ts'
import { sharedData } from '../../support/sharedData.ts'
import { ask, passage } from './ask.ts'

const files = [
  'markdown/rxjs-operators.md', 'markdown/commonmark-spec.md', 'markdown/eng_spa_mult.md', 'reference/pdf/bitcoin.pdf.txt',
  'text/state_of_the_union.txt', 'text/norwich-city.txt', 'text/iso88591_en.txt', 'text/made-one-line-1.2mb.txt', 'reference/html/wikipedia-3.html.txt',
]
const passageCharacters = 3000

/** Whole paragraphs up to a size; what is longer is cut. Not the product's splitter: this is a test of the model alone. */
function passagesOf(documentId: string, text: string): ScoredPassage[] {
  const parts: string[] = []
  let open = ''
  for (const paragraph of text.split(/\n\s*\n/).flatMap((whole) => whole.match(/[^]{1,3000}(?:\s|$)|[^]{1,3000}/g) ?? [])) {
    if (open.length + paragraph.length > passageCharacters) parts.push(open)
    open = open.length + paragraph.length > passageCharacters ? paragraph : `${open}\n\n${paragraph}`
  }
  return [...parts, open].map((part, index) => passage(part, { documentId, id: `${documentId}#${index}` }))
}

describe.skipIf(!sharedData)('extractive over real documents', () => {
  const passages = files.flatMap((file) => passagesOf(file, readFileSync(join(sharedData ?? '', 'docs', file), 'utf8').replaceAll('\r', '')))
  const index = createBm25()
  for (const [number, each] of passages.entries()) index.add(number, indexedTerms(each))
  const answer = async (question: string) => {
    const found = index.search({ terms: indexedTerms(passage(question, { title: '' })), phrases: [] }, 5)
    return ask(question, found.flatMap(({ passage: number, score }) => passages.slice(number, number + 1).map((each) => ({ ...each, score }))), {
      searched: { documents: files.length, passages: passages.length },
    })
  }

  it.each([
    ['how do I use mergeMap with a concurrency limit', /rxjs-operators\.md[^]*mergeMap[^]*```/],
    ['how does bitcoin prevent double-spending?', /bitcoin\.pdf[^]*double-spending problem using a peer-to-peer/],
    ['what is the proof-of-work chain for?', /longest[^“]*chain/],
    ['How do I write a custom operator from scratch?', /```ts\nimport \{ Observable, of \}[^]*subscribe\(console\.log\);\n```/],
    ['How many goals did Roberts score for Norwich?', /scored 96 goals in 306/],
    ['When was Iwan Roberts born?', /26 June 1968/],
    ['What did the president say about Justice Breyer?', /Justice Stephen Breyer/],
    ['how much does insulin cost to make', /\$10 a vial/],
    ['What is Unicode?', /unique number for every character/],
    ['what is a merkle tree used for', /Merkle Tree/],
    ['what does switchAll do', /switchAll\(\)[^]*subscribes to the first inner/],
    ["Who kissed Anna Pavlovna's hand?", /kissed (?:her|Anna Pavlovna's) hand/],
    ['can a link contain other links', /links (?:cannot|may not) contain other links/i],
    ['what does the unicode consortium do', /non-profit organization/],
  ])('answers %j', async (question, expected) => {
    const { text, citations } = await answer(question)
    expect(text).toMatch(expected)
    expect(citations.length).toBeGreaterThan(0)
    expect(text.length).toBeLessThan(4000)
  })

  it.each([
    'What is the capital of Mongolia?', 'what is the capital of mongolia', 'How do I bake sourdough bread?', 'Who won the 2018 FIFA World Cup?',
    'how do I configure nginx as a reverse proxy', 'What are the side effects of ibuprofen?', 'who wrote Don Quixote', 'What is photosynthesis?',
    'what is the boiling point of mercury', 'who painted the Mona Lisa', 'how do I install docker on ubuntu', 'What is the GDP of Brazil in 2020?',
    'what is quantum entanglement', 'who is the CEO of Apple', 'how many planets are in the solar system', 'what is the best recipe for lasagna',
    'how do I reset my router password', 'when did the Titanic sink', 'explain the theory of relativity', 'what is a kubernetes pod',
    'How do I cancel my gym membership?', 'who invented the telephone', 'what is the national anthem of Kenya', 'how do I sort an array in Python',
    'what is the refund policy', 'who was the wife of Satoshi Nakamoto', 'what is the phone number of the office', "what's the plot of Hamlet",
    'how much does a Tesla cost', 'What did the president say about bitcoin?', 'how does useEffect work in React', 'is there life on Mars',
    'how do I renew my passport', 'who discovered penicillin', 'what is a binary search tree', 'what are the rules of cricket',
  ])('says that it found nothing about %j', async (question) => {
    expect((await answer(question)).text).toBe(`Found nothing about this in ${files.length} documents (keyword search; rephrase, or use a model)\n`)
  })
})
