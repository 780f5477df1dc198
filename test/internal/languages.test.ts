import { describe, expect, it } from 'vitest'
import { analyze } from '../../src/internal/analyze.ts'
import type { Language } from '../../src/types/ports.ts'

const same: Readonly<Record<Exclude<Language, 'english' | 'none'>, readonly string[]>> = {
  german: ['Haus Hauses', 'Kind Kinder Kindern Kindes', 'schön schöne schönen schöner schönes', 'Straße Straßen STRASSE', 'Bücher Bücher’n Büchern'],
  french: ['cheval chevaux', 'bateau bateaux', 'maison maisons', "homme l'homme d’hommes", 'mangée mangées manger', 'national nationale nationales', 'chat chats'],
  spanish: ['casa casas', 'niño niña niños niñas', 'luz luces', 'información', 'camión camiones', 'inglés ingleses'],
}
const different = { german: 'Hand Hund', french: 'poisson boisson', spanish: 'perro gato' } as const
const stopped = { german: 'Was ist das und wofür', french: "qu'est-ce que c'est dans les", spanish: '¿Qué es esto y para qué?' } as const

describe.each(['german', 'french', 'spanish'] as const)('%s', (language) => {
  it.each(same[language].map((words) => [words]))('gives one stem to %s', (words) => {
    expect(new Set(words.split(' ').flatMap((word) => analyze(word, language))).size).toBe(1)
  })

  it('keeps other words apart, and leaves out what carries no subject', () => {
    expect(new Set(analyze(different[language], language)).size).toBe(2)
    expect(analyze(stopped[language], language).filter((term) => term !== 'wofur')).toEqual([])
  })

  it('reads identifiers, numbers and other scripts as English does', () => {
    for (const text of ['東京都', '7.8.2', 'Привет']) expect(analyze(text, language)).toEqual(analyze(text))
    expect(analyze('snake_XYZ', language)).toContain('xyz')
  })
})

it('none leaves every word as it is, in lower case without accents', () => {
  expect(analyze('The Foxes were jumping, déjà vu', 'none')).toEqual(['the', 'foxes', 'were', 'jumping', 'deja', 'vu'])
})
