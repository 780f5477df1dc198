export const allowedHosts = ['localhost', 'localhost:8080', 'LOCALHOST', '127.0.0.1', '127.0.0.1:8080', '127.1.2.3', '[::1]', '[::1]:8080', 'rag.example.com', 'rag.example.com:443', 'RAG.example.com']

/** With `rag.example.com` allowed. Those with other signs than ASCII go over a socket only. */
export const refusedHosts = [
  'evil.example', 'evil.example:8080', 'localhost.evil.example', 'localhost.', 'localhost:', 'localhost:8080:1', 'localhost:port', 'localhost:123456', 'localhost/', 'localhost/path',
  'localhost@evil.example', 'evil.example@localhost', 'localhost,evil.example', 'localhost, localhost', 'evil.example localhost', 'localhost#', 'localhost?', 'localhost\\', '127.0.0.1.evil.example',
  '127.0.0.1.nip.io', '127.1', '0.0.0.0', '0', '2130706433', '0x7f000001', '0177.0.0.1', '10.0.0.1', '192.168.0.1', '169.254.169.254', '[::]', '[::ffff:127.0.0.1]', '::1', '[::1', '[::1]x', '[fe80::1%eth0]',
  'rag.example.com.evil.example', 'xrag.example.com', 'example.com', '*', 'null', '-', '%6cocalhost', 'http://localhost', '"localhost"', 'localhost;', 'a'.repeat(254), 'l\u00f6calhost',
]
