import { Encrypter } from 'age-encryption';

/** Only who has the recipient's identity can read it again: `age --decrypt --identity FILE`. */
export async function seal(content: Uint8Array, recipient: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(content);
}
