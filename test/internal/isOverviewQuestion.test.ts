import { describe, expect, it } from 'vitest'
import { isOverviewQuestion } from '../../src/internal/isOverviewQuestion.ts'

describe('isOverviewQuestion', () => {
  it.each([
    'What are the main topics discussed in the documents?',
    'what are the main topics',
    'What topics do these files cover?',
    'What is this about?',
    'What are these documents about?',
    'what is this folder about',
    "What's in this folder?",
    'what’s in here?',
    'Summarize the documents',
    'Summarise everything.',
    'Give me a summary of all documents',
    'Can you give me an overview of the content?',
    'a brief overview, please',
    'List the key themes',
    'What are the key points?',
    'What are the main ideas in these texts?',
    'What subjects are covered here?',
    'What are the most important takeaways from these reports?',
    'tl;dr',
    'What do the documents discuss?',
    'Which themes are addressed in my notes?',
    'what kind of documents are these?',
    'What does this document contain?',
    'Could you sum it all up in a few sentences?',
    'Tell me what these files are about',
    'Outline the main points of this paper',
    'WHAT ARE THE MAIN TOPICS?',
  ])('takes %j for a question about the whole', (question) => {
    expect(isOverviewQuestion(question)).toBe(true)
  })

  it.each([
    '',
    '???',
    'How do I use mergeMap with a concurrency limit?',
    'What are the main topics of the bitcoin paper?',
    'Summarize the section on higher-order Observables',
    'Give me an overview of RxJS',
    'What are the main operators?',
    'What is the summary of Chapter 3 of War and Peace?',
    'what is a topic in Kafka',
    'What is the capital of Mongolia?',
    'Tell me about privacy',
    'What does the president say about Ukraine?',
    'What is the main reason for double-spending?',
    'which document mentions insulin?',
    'What is in the header of a block?',
    'who are you',
    'what is it',
    'is it there',
    'What do you want?',
    'How do I list all files?',
    'What are the key points of the treaty?',
    'Describe the theme of the garden',
    'contents of package.json',
    'How much does it cost?',
    'How do I deal with this?',
    'what is a document?',
    'tell me more',
    'Was sind die wichtigsten Themen?',
    `what are the topics ${'of the documents '.repeat(40)}`,
  ])('takes %j for a question about something', (question) => {
    expect(isOverviewQuestion(question)).toBe(false)
  })
})
