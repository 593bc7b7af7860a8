import {describe, expect, it} from 'vitest';
import {isPublicUrl, mediaUrls} from '../../../src/core/proxy/media-urls.ts';

describe('isPublicUrl', () => {
  it.each([
    'https://example.com/a.png',
    'http://example.com:8080/a',
    'https://93.184.215.14/a',
    'https://[2606:2800:21f:cb07::1]/a',
    'data:image/png;base64,AAAA',
    'https://172.32.0.1/',
    'https://100.63.0.1/',
    'https://localhost.example.com/',
  ])('lets %s be fetched', url => {
    expect(isPublicUrl(url)).toBe(true);
  });

  it.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://１２７.0.0.1/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://169.254.42.42/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://224.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[2002:0a00:0001::]/',
    'http://[2001:0:1::]/',
    'http://[64:ff9b::a00:1]/',
    'http://localhost/',
    'http://LOCALHOST./',
    'http://a.localhost/',
    'http://metadata.google.internal/',
    'http://printer.local/',
    'http://intranet/',
    'https://user:pass@example.com/',
    'file:///etc/passwd',
    'ftp://example.com/a',
    'gopher://example.com',
    '//example.com/a',
    'not a url',
    '',
  ])('refuses %s', url => {
    expect(isPublicUrl(url)).toBe(false);
  });
});

describe('mediaUrls', () => {
  it.each([
    [
      'chat',
      {messages: [{content: [{type: 'image_url', image_url: {url: 'u'}}]}]},
      'messages.0.content.0.image_url.url',
    ],
    ['chat, short', {messages: [{content: [{type: 'video_url', video_url: 'u'}]}]}, 'messages.0.content.0.video_url'],
    ['responses', {input: [{content: [{type: 'input_image', image_url: 'u'}]}]}, 'input.0.content.0.image_url'],
    ['responses, a file', {input: [{content: [{type: 'input_file', file_url: 'u'}]}]}, 'input.0.content.0.file_url'],
    [
      'messages',
      {messages: [{content: [{type: 'image', source: {type: 'url', url: 'u'}}]}]},
      'messages.0.content.0.source.url',
    ],
    [
      'a tool result',
      {messages: [{content: [{type: 'tool_result', content: [{type: 'image', source: {type: 'url', url: 'u'}}]}]}]},
      'messages.0.content.0.content.0.source.url',
    ],
  ])('finds the one of %s', (_what, body, param) => {
    expect(mediaUrls(body)).toEqual([{param, url: 'u'}]);
  });

  it('leaves other addresses alone: the engine does not fetch them', () => {
    const body = {
      messages: [{content: 'see http://10.0.0.1'}],
      tools: [{function: {parameters: {url: {type: 'string'}}}}],
    };
    expect(mediaUrls(body)).toEqual([]);
  });
});
