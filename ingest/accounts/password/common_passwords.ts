/**
 * What whoever guesses tries first, as far as it has twelve signs; shorter ones are refused anyway.
 *
 * Words are found with digits and signs around them as well (`password_rules.ts`), so that a short list goes a
 * long way. In small letters.
 *
 * @module
 */

/** Whole passwords of the well-known lists. */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set([
  ...["correcthorsebatterystaple", "correct horse battery staple", "iloveyouforever"],
  ...["thisismypassword", "this is my password", "mypasswordissafe", "ihatepasswords"],
  ...["letmeinplease", "opensesame123", "trustno1trustno1", "nopasswordneeded"],
  ...["unitedstates", "manchesterunited", "liverpoolfc123", "barcelona1234", "chelsea12345"],
  ...["jesuschrist1", "christopher1", "alexander123", "michelle1234", "elizabeth123"],
  ...["spongebob123", "pokemon12345", "starwars1234", "harrypotter1", "harrypotter123"],
  ...["football1234", "baseball1234", "basketball12", "volleyball12", "superman1234"],
  ...["batman123456", "princess1234", "sunshine1234", "butterfly123", "chocolate123"],
  ...["dragon123456", "monkey123456", "shadow123456", "master123456", "killer123456"],
  ...["ncc1701ncc1701", "zaq12wsxcde3", "zaq1zaq1zaq1", "1qaz@wsx3edc", "q1w2e3r4t5y6"],
  ...["passw0rd1234", "p@ssw0rd1234", "p@ssw0rd2024", "p@ssw0rd2025", "p@ssw0rd2026"],
  ...["welcome2024!", "welcome2025!", "welcome2026!", "winter2024!!", "winter2025!!"],
  ...["summer2024!!", "summer2025!!", "summer2026!!", "spring2026!!", "autumn2026!!"],
  ...["administrator", "administrator1", "changeme1234", "changeit1234", "default12345"],
  ...["temporary123", "temppassword", "newpassword1", "secretpassword", "topsecret123"],
  ...["hospital1234", "healthcare123", "medicine1234", "neurology123", "epilepsy1234"],
  ...["maintenance1", "technician12", "workstation1", "electroencephalogram"],
]);

/** Words that are nothing more with digits or signs around them. */
export const COMMON_WORDS: ReadonlySet<string> = new Set([
  ...["password", "passwort", "kennwort", "motdepasse", "contrasena", "wachtwoord", "parola"],
  ...[
    "passphrase",
    "passcode",
    "pass",
    "passpass",
    "passwordpassword",
    "mypassword",
    "thepassword",
  ],
  ...["newpassword", "oldpassword", "yourpassword", "temppassword", "defaultpassword"],
  ...["welcome", "welcomehome", "welcomeback", "willkommen", "bienvenue", "letmein", "letmeinnow"],
  ...["changeme", "changemenow", "changeit", "default", "secret", "topsecret", "access", "login"],
  ...["admin", "administrator", "adminadmin", "sysadmin", "root", "rootroot", "superuser", "user"],
  ...["guest", "test", "testtest", "testing", "testuser", "demo", "example", "sample", "master"],
  ...["hospital", "krankenhaus", "klinik", "clinic", "clinician", "doctor", "nurse", "patient"],
  ...["medical", "medicine", "health", "healthcare", "neurology", "neurologie", "epilepsy"],
  ...["epilepsie", "eeg", "eegeeg", "seizure", "brain", "brainwave", "brainwaves", "wave", "keep"],
  ...["wavekeep", "technologist", "technician", "researcher", "auditor", "custodian", "monitor"],
  ...["monitoring", "station", "workstation", "department", "laboratory", "emergency", "ambulance"],
  ...["iloveyou", "iloveyouso", "ilovegod", "loveyou", "lovely", "princess", "sunshine", "rainbow"],
  ...["football", "fussball", "baseball", "basketball", "hockey", "soccer", "superman", "batman"],
  ...["spiderman", "pokemon", "starwars", "dragon", "monkey", "shadow", "flower", "butterfly"],
  ...["chocolate", "cheese", "computer", "internet", "samsung", "google", "facebook", "microsoft"],
  ...["windows", "linux", "android", "iphone", "apple", "january", "february", "march", "april"],
  ...["may", "june", "july", "august", "september", "october", "november", "december", "spring"],
  ...["summer", "autumn", "winter", "monday", "tuesday", "wednesday", "thursday", "friday"],
  ...["saturday", "sunday", "qwerty", "qwertz", "azerty", "qwertyuiop", "asdfghjkl", "zxcvbnm"],
  ...["abcdef", "abcdefgh", "abc", "abcabc", "michael", "jennifer", "jessica", "charlie", "jordan"],
  ...["ashley", "daniel", "thomas", "andrew", "joshua", "matthew", "anthony", "nicole", "hannah"],
  ...["maggie", "ginger", "buster", "tigger", "cookie", "banana", "orange", "purple", "silver"],
  ...["golden", "freedom", "whatever", "trustno", "nothing", "please", "hello", "helloworld"],
  ...["goodmorning", "goodbye", "birthday", "christmas", "family", "forever", "london", "berlin"],
  ...["paris", "america", "germany", "deutschland", "england", "france", "liverpool", "chelsea"],
  ...["arsenal", "barcelona", "juventus", "manchester", "unitedstates", "jesus", "jesuschrist"],
]);
