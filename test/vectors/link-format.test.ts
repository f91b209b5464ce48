import { describe, expect, it } from 'vitest'
import { formatLinks, parseLinks } from '../../src/lwm2m/format/link-format.ts'

const parse = (text: string) =>
  parseLinks(Buffer.from(text)).map(({ target, attributes }) => ({
    target,
    ...Object.fromEntries(attributes),
  }))

describe('link format, examples of RFC 6690, 5', () => {
  it.each([
    ['</sensors>;ct=40', [{ target: '/sensors', ct: '40' }]],
    [
      '</sensors/temp>;if="sensor",</sensors/light>;if="sensor"',
      [
        { target: '/sensors/temp', if: 'sensor' },
        { target: '/sensors/light', if: 'sensor' },
      ],
    ],
    [
      '</sensors>;ct=40;title="Sensor Index",</sensors/temp>;rt="temperature-c";if="sensor",<http://www.example.com/sensors/t123>;anchor="/sensors/temp";rel="describedby"',
      [
        { target: '/sensors', ct: '40', title: 'Sensor Index' },
        { target: '/sensors/temp', rt: 'temperature-c', if: 'sensor' },
        { target: 'http://www.example.com/sensors/t123', anchor: '/sensors/temp', rel: 'describedby' },
      ],
    ],
    [
      '</firmware/v2.1>;rt="firmware";sz=262144',
      [{ target: '/firmware/v2.1', rt: 'firmware', sz: '262144' }],
    ],
  ])('%s, both ways', (text, links) => {
    expect(parse(text)).toEqual(links)
    expect(formatLinks(parseLinks(Buffer.from(text)))).toBe(text)
  })
})

describe('link format, as LwM2M clients register', () => {
  it.each([
    ['</1/0>,</3/0>,</5>', [{ target: '/1/0' }, { target: '/3/0' }, { target: '/5' }]],
    [
      '</>;rt="oma.lwm2m";ct=110,</5>;ver=1.1,</5/0>',
      [{ target: '/', rt: 'oma.lwm2m', ct: '110' }, { target: '/5', ver: '1.1' }, { target: '/5/0' }],
    ],
    [
      '</lwm2m>;rt="oma.lwm2m";ct="60 110 112 11542",</lwm2m/3/0>',
      [{ target: '/lwm2m', rt: 'oma.lwm2m', ct: '60 110 112 11542' }, { target: '/lwm2m/3/0' }],
    ],
    [
      '</>;lwm2m=1.1;obs,</3/0/7>;dim=2;pmin=10',
      [
        { target: '/', lwm2m: '1.1', obs: '' },
        { target: '/3/0/7', dim: '2', pmin: '10' },
      ],
    ],
  ])('%s, both ways', (text, links) => {
    expect(parse(text)).toEqual(links)
    expect(formatLinks(parseLinks(Buffer.from(text)))).toBe(text)
  })

  it.each([
    ['</3>;ver="1.1"', [{ target: '/3', ver: '1.1' }]],
    ['</>;ct=110 112;rt=oma.lwm2m', [{ target: '/', ct: '110 112', rt: 'oma.lwm2m' }]],
    ['</3/0> ; ver=1.1 ,\r\n </4/0>', [{ target: '/3/0', ver: '1.1' }, { target: '/4/0' }]],
    ['</3>;title="a \\"b\\", \\\\ <c>;d"', [{ target: '/3', title: 'a "b", \\ <c>;d' }]],
    ['</3>;rt="";ct=0;ct=1', [{ target: '/3', rt: '', ct: '0' }]],
    ['</3>;title="\u00b5\u20ac"', [{ target: '/3', title: '\u00b5\u20ac' }]],
    ['<>', [{ target: '' }]],
    ['</3>,', [{ target: '/3' }]],
    ['', []],
  ])('reads %s', (text, links) => {
    expect(parse(text)).toEqual(links)
  })

  it.each([
    ['3/0', 'character 0'],
    ['</3/0', 'character 0'],
    ['</3/0>x', 'character 6'],
    ['</3/0></4/0>', 'character 6'],
    ['</3/0>;=1', 'character 7'],
    ['</3/0>;', 'character 7'],
    ['</3/0>;a="b', 'character 11'],
    ['</3/0>;a="b\\', 'character 12'],
    ['</3/0>;a="b"c', 'character 12'],
    [`</3/0>${';a'.repeat(65)}`, 'character 134'],
  ])('refuses %s', (text, place) => {
    expect(() => parseLinks(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'payload_malformed', place }),
    )
  })

  it('refuses text that is no UTF-8, and more links than anyone has', () => {
    expect(() => parseLinks(Uint8Array.of(0x3c, 0xff, 0x3e))).toThrow('UTF-8')
    expect(() => parseLinks(Buffer.from('<>,'.repeat(65_537)))).toThrow('more than 65536 links')
  })
})
