/**
 * Whether text is a National Provider Identifier as it is issued: 10 digits, the last of which is the
 * Luhn check digit of the others with 80840 before them (CMS, "Requirements for National Provider
 * Identifier (NPI) and NPI Check Digit",
 * https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf).
 */
export function isIssuedNpi(text: string): boolean {
  return /^\d{10}$/.test(text) && luhnSum(`80840${text}`) % 10 === 0;
}

function luhnSum(digits: string): number {
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.at(-1 - i));
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum;
}
