import { expect, it } from 'vitest'
import { InputError } from '../../src/errors.ts'
import { parseFilter, parseFilters } from '../../src/cli/parseFilter.ts'

it.each([
  ['year>=2020', { field: 'year', from: 2020 }],
  ['year <= -1.5', { field: 'year', to: -1.5 }],
  ['date>=2020-01-31', { field: 'date', from: '2020-01-31' }],
  ['date>="2020"', { field: 'date', from: '2020' }],
  ['lang=en', { field: 'lang', equals: 'en' }],
  ['lang!=en', { not: { field: 'lang', equals: 'en' } }],
  ['name = Ann Lee ', { field: 'name', equals: 'Ann Lee' }],
  ['draft=true', { field: 'draft', equals: true }],
  ['none=null', { field: 'none', equals: null }],
  ['zip=01234', { field: 'zip', equals: '01234' }],
  ['author.name in Ann, "B, o",3', { field: 'author.name', in: ['Ann', 'B, o', 3] }],
  ['documentId^=docs/2020', { field: 'documentId', prefix: 'docs/2020' }],
  ['version^=2', { field: 'version', prefix: '2' }],
  ['tags', { field: 'tags', exists: true }],
  ['!tags', { field: 'tags', exists: false }],
  ['inside=1', { field: 'inside', equals: 1 }],
])('reads %s', (text, filter) => {
  expect(parseFilter(text)).toEqual(filter)
})

it.each([
  ['', 1], ['=en', 1], ['!', 2], ['lang en', 6], ['lang<en', 5], ['lang=', 6], ['lang="en', 6], ['lang="a"b', 6], ['year in 1,,2', 11], ['year>=true', 7], ['!lang=en', 6], ['lang="\\x"', 6],
])('says where %j is wrong, in one line', (text, place) => {
  expect(() => parseFilter(text)).toThrow(InputError)
  expect(() => parseFilter(text)).toThrow(new RegExp(`^--filter [^\\n]*: expected [^\\n]* at character ${place}\\.$`))
})

it('takes several as all of them', () => {
  expect(parseFilters(undefined)).toBeUndefined()
  expect(parseFilters(['a=1'])).toEqual({ field: 'a', equals: 1 })
  expect(parseFilters(['a=1', 'b'])).toEqual({ and: [{ field: 'a', equals: 1 }, { field: 'b', exists: true }] })
})
