import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../src/internal/fingerprint.ts'
import type { Document } from '../../src/types/document.ts'

const document: Document = { id: 'a', text: 'text', title: 'T', metadata: { x: 1 } }

describe('fingerprint', () => {
  it('is the same for the same document made the same way', async () => {
    expect(await fingerprint(document, 'split')).toBe(await fingerprint({ ...document, metadata: { x: 1 } }, 'split'))
    expect(await fingerprint(document, 'split')).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each<[string, Document, string]>([
    ['text', { ...document, text: 'text ' }, 'split'],
    ['id', { ...document, id: 'b' }, 'split'],
    ['title', { ...document, title: 'U' }, 'split'],
    ['metadata', { ...document, metadata: { x: 2 } }, 'split'],
    ['headings', { ...document, headings: [{ start: 0, level: 1, title: 'T' }] }, 'split'],
    ['pages', { ...document, pages: [0] }, 'split'],
    ['splitter', document, 'split 2'],
  ])('is another for another %s', async (_, other, madeBy) => {
    expect(await fingerprint(other, madeBy)).not.toBe(await fingerprint(document, 'split'))
  })
})
