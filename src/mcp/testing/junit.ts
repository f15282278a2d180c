import { parseXml, type XmlElement } from './xml.ts';

export interface TestResult {
  /** Suite and name, as the runner shows them. */
  id: string;
  file: string | undefined;
  outcome: 'passed' | 'failed' | 'skipped';
  durationMs: number;
  /** What the runner says of a failure, cut to 4,000 characters. */
  message: string | undefined;
}

/** The results in a JUnit report; undefined when it is not one. */
export async function parseJunit(text: string): Promise<TestResult[] | undefined> {
  const top = await parseXml(text);
  if (!top?.some((element) => element.name === 'testsuites' || element.name === 'testsuite'))
    return undefined;
  return top.flatMap((element) => [...cases(element, [])]);
}

function* cases(element: XmlElement, suites: readonly string[]): Generator<TestResult> {
  if (element.name === 'testcase') {
    yield toResult(element, suites);
    return;
  }
  const name = element.attributes['name'];
  const inner = element.name === 'testsuite' && name !== undefined ? [...suites, name] : suites;
  for (const child of element.children) yield* cases(child, inner);
}

function toResult({ attributes, children }: XmlElement, suites: readonly string[]): TestResult {
  const fault = children.find((child) => child.name === 'failure' || child.name === 'error');
  const skipped = children.some((child) => child.name === 'skipped');
  const group = attributes['classname'] ?? suites.join(' > ');
  const message =
    fault && `${fault.attributes['message'] ?? ''}\n${fault.text}`.trim().slice(0, 4_000);
  return {
    id:
      group && group !== 'test'
        ? `${group} > ${attributes['name']}`
        : (attributes['name'] ?? 'unnamed'),
    file: attributes['file'] ?? suites[0],
    outcome: fault ? 'failed' : skipped ? 'skipped' : 'passed',
    durationMs: Math.round(Number(attributes['time'] ?? 0) * 1_000),
    message,
  };
}
