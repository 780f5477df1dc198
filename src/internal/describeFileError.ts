const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is no folder',
  ELOOP: 'links lead round in a circle, or a link took its place',
  ENAMETOOLONG: 'its path is too long',
  EMFILE: 'too many files are open',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EFBIG: 'the file may not grow any further',
  EINVAL: 'it is no file that this can be done with',
  ESPIPE: 'it is a pipe',
  EIO: 'the disk failed to deliver it',
}

/** What the operating system says of a file, in words for people. */
export function describeFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return WORDS[code] ?? (code || String(error))
}
