/** A red pixel and a silent sound. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU' +
  '5ErkJggg==';
const WAV = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const image = { type: 'image' as const, data: PNG, mimeType: 'image/png' };
const text = (words: string) => ({ type: 'text' as const, text: words });
const embedded = (uri: string, words: string) => ({
  type: 'resource' as const,
  resource: { uri, mimeType: 'text/plain', text: words },
});

const CONTENT = {
  test_image_content: [image],
  test_audio_content: [{ type: 'audio' as const, data: WAV, mimeType: 'audio/wav' }],
  test_embedded_resource: [
    embedded('test://embedded-resource', 'This is an embedded resource content.'),
  ],
  test_multiple_content_types: [
    text('Multiple content types test:'),
    image,
    embedded('test://mixed-content-resource', '{"test":"data","value":123}'),
  ],
};

/** The answer of a tool whose content is not text. */
export function exoticTool(name: string) {
  const found = Object.entries(CONTENT).find(([known]) => known === name);
  return found && { content: found[1], structuredContent: {} };
}

/** The answer of a prompt whose content is not text. */
export function exoticPrompt(name: string, resourceUri: string) {
  const messages = {
    test_prompt_with_image: [image, text('Please analyze the image above.')],
    test_prompt_with_embedded_resource: [
      embedded(resourceUri, 'Embedded resource content for testing.'),
      text('Please process the embedded resource above.'),
    ],
  };
  const found = Object.entries(messages).find(([known]) => known === name);
  return found && { messages: found[1].map((content) => ({ role: 'user' as const, content })) };
}

/** A resource of bytes. */
export function exoticResource(uri: string) {
  if (uri !== 'test://static-binary') return undefined;
  return { contents: [{ uri, mimeType: 'image/png', blob: PNG }] };
}
