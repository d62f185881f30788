//! Published vectors (WebAuthn level 3, section 16: relying party `example.org`, origin `https://example.org`), verified including the
//! signature, and all their possible errors.

use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

use super::cbor::Cbor;
use super::*;

struct Vector {
    challenge: &'static str,
    client: &'static str,
    attestation: &'static str,
    login_challenge: &'static str,
    login_client: &'static str,
    authenticator: &'static str,
    signature: &'static str,
}

/// 16.2, `none.ES256`.
const NONE: Vector = Vector {
    challenge: "00c30fb78531c464d2b6771dab8d7b603c01162f2fa486bea70f283ae556e130",
    client: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a22414d4d507434557878475453746e63647134313759447742466938767049612d7077386f4f755657345441222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a20426b5165446a646354427258426941774a544c453551227d",
    attestation: "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b2367ff6f3a1f0020f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220",
    login_challenge: "39c0e7521417ba54d43e8dc95174f423dee9bf3cd804ff6d65c857c9abf4d408",
    login_client: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e55685158756c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d",
    authenticator: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000",
    signature: "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b93538174f575bf11a1dd5d78c6e486013f937295ea13653e331e87",
};

/// 16.3, `packed-self.ES256`: an authenticator that attests itself.
const SELF: Vector = Vector {
    challenge: "7869c2b772d4b58eba9378cf8f29e26cf935aa77df0da89fa99c0bdc0a76f7e5",
    client: "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a2265476e4374334c55745936366b336a506a796e6962506b31716e666644616966715a774c33417032392d55222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a205539685458764b453255526b4d6e625f307859485667227d",
    attestation: "a363666d74667061636b65646761747453746d74a263616c672663736967584630440220067a20754ab925005dbf378097c92120031581c73228d1fb4f5b881bcd7da98302207fc7b147558c7c0eba3af18bd9d121fa3d3a26d17fe3f220272178f473b6006d68617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b55d00000000df850e09db6afbdfab51697791506cfc0020455ef34e2043a87db3d4afeb39bbcb6cc32df9347c789a865ecdca129cbef58ca5010203262001215820eb151c8176b225cc651559fecf07af450fd85802046656b34c18f6cf193843c5225820927b8aa427a2be1b8834d233a2d34f61f13bfd44119c325d5896e183fee484f2",
    login_challenge: "4478a10b1352348dd160c1353b0d469b5db19eb91c27f7dfa6fed39fe26af20b",
    login_client: "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a225248696843784e534e493352594d45314f7731476d3132786e726b634a5f6666707637546e2d4a71386773222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a206754623533727a36456853576f6d58477a696d433151227d",
    authenticator: "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b50900000000",
    signature: "304402203310b9431903c401f1be2bdc8d23a4007682dbbddcf846994947b7f465daf84002204e94dd00047b316061b3b99772b7efd95994a83ef584b3b6b825ea3550251b66",
};

/// 16.4, `none.ES256.crossOrigin`: made in a frame in another site's page.
const CROSS_CLIENT: &str = "7b2274797065223a22776562617574686e2e637265617465222c226368616c6c656e6765223a224f2d57717a514e5463554a484930437257576e7951504859647862694332674872434d475666704c4f306b222c226f726967696e223a2268747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a747275652c22657874726144617461223a22636c69656e74446174614a534f4e206d617920626520657874656e6465642077697468206164646974696f6e616c206669656c647320696e20746865206675747572652c207375636820617320746869733a207a5a7175457444523944577170573574425754467567227d";
const CROSS_ATTESTATION: &str = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b54500000000883f4f6014f19c09d87aa38123be48d000206e1050c0d2ca2f07c755cb2c66a74c64fa43065c18f938354d9915db2bd5ce57a501020326200121582022200a473f90b11078851550d03b4e44a2279f8c4eca27b3153dedfe03e4e97d225820cbd0be95e746ad6f5a8191be11756e4c0420e72f65b466d39bc56b8b123a9c6e";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn ours(origin: &str) -> bool {
    origin == "https://example.org"
}

fn register(client: &[u8], attestation: &[u8]) -> Result<Registration, Flaw> {
    registration(&ClientData::read(client).unwrap(), attestation, &ours)
}

fn login(client: &[u8], authenticator: &[u8], signature: &[u8]) -> Result<Assertion, Flaw> {
    assertion(&ClientData::read(client).unwrap(), client, authenticator, signature, &ours)
}

fn is_signed(key: &Key, proof: &SignedMessage) -> bool {
    let point = [&[4][..], &bytes_of(&key.x).unwrap(), &bytes_of(&key.y).unwrap()].concat();
    let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
    key.verify(&proof.message, &Signature::from_slice(&proof.signature).unwrap()).is_ok()
}

#[test]
fn published_vectors_hold_to_the_signature() {
    for vector in [NONE, SELF] {
        let client = hex(vector.client);
        assert_eq!(ClientData::read(&client).unwrap().challenge, text_of(&hex(vector.challenge)));
        let made = register(&client, &hex(vector.attestation)).unwrap();
        assert!(vector.attestation.contains(&made.id.iter().map(|byte| format!("{byte:02x}")).collect::<String>()));
        assert_eq!(made.counter, 0);

        let client = hex(vector.login_client);
        assert_eq!(ClientData::read(&client).unwrap().challenge, text_of(&hex(vector.login_challenge)));
        let signed = login(&client, &hex(vector.authenticator), &hex(vector.signature)).unwrap();
        assert!(is_signed(&made.key, &signed.proof));
        assert!(has_grown(made.counter, signed.counter));
        let mut other = signed.proof.clone();
        other.message[40] ^= 1;
        assert!(!is_signed(&made.key, &other), "one bit of what was signed");
    }
    assert_eq!(register(&hex(CROSS_CLIENT), &hex(CROSS_ATTESTATION)), Err(Flaw::CrossOrigin));
}

#[test]
fn a_ceremony_is_not_the_other_one() {
    let (client, attestation) = (hex(NONE.login_client), hex(NONE.attestation));
    assert_eq!(register(&client, &attestation), Err(Flaw::Kind));
    let client = hex(NONE.client);
    assert_eq!(login(&client, &hex(NONE.authenticator), &hex(NONE.signature)), Err(Flaw::Kind));
}

#[test]
fn only_pages_of_ours_count_and_only_their_own_party() {
    let client = |origin: &str| format!("{{\"type\":\"webauthn.get\",\"challenge\":\"a\",\"origin\":\"{origin}\"}}");
    let (authenticator, signature) = (hex(NONE.authenticator), hex(NONE.signature));
    for other in
        ["https://example.org.evil.example", "http://example.org", "https://example.org:444", "https://Example.org", ""]
    {
        assert_eq!(login(client(other).as_bytes(), &authenticator, &signature), Err(Flaw::Origin), "{other}");
    }
    assert!(login(client("https://example.org").as_bytes(), &authenticator, &signature).is_ok());
    // Another page that may use the API is a separate relying party.
    let second = client("https://app.example.org");
    let read = ClientData::read(second.as_bytes()).unwrap();
    let flaw = assertion(&read, second.as_bytes(), &authenticator, &signature, &|_| true);
    assert_eq!(flaw, Err(Flaw::RelyingParty));
    assert_eq!(relying_party("https://example.org"), "example.org");
    assert_eq!(relying_party("http://localhost:8787"), "localhost");
    assert_eq!(relying_party("http://[::1]"), "[::1]");
}

#[test]
fn whatever_is_not_false_may_be_another_site_s_page() {
    for word in ["true", "null", "1", "\"false\""] {
        let client = format!(
            "{{\"type\":\"webauthn.get\",\"challenge\":\"a\",\"origin\":\"https://example.org\",\"crossOrigin\":{word}}}"
        );
        let flaw = login(client.as_bytes(), &hex(NONE.authenticator), &hex(NONE.signature));
        assert_eq!(flaw, Err(Flaw::CrossOrigin), "{word}");
    }
}

#[test]
fn client_data_is_an_object_with_its_three_texts() {
    for bytes in
        ["", "[]", "null", "{}", "{\"type\":\"webauthn.get\",\"challenge\":1,\"origin\":\"x\"}", "{\"type\":\"a\"}"]
    {
        assert_eq!(ClientData::read(bytes.as_bytes()), None, "{bytes}");
    }
    assert_eq!(ClientData::read(b"{\"type\":\"\xff\"}"), None);
}

#[test]
fn nobody_may_have_touched_it() {
    let mut authenticator = hex(NONE.authenticator);
    authenticator[32] &= !1;
    let refused = |authenticator: &[u8]| login(&hex(NONE.login_client), authenticator, &hex(NONE.signature));
    assert_eq!(refused(&authenticator), Err(Flaw::UserAbsent));
    // Data for another party is refused before the signature is checked.
    authenticator[0] ^= 1;
    assert_eq!(refused(&authenticator), Err(Flaw::RelyingParty));
}

#[test]
fn a_touch_alone_says_nothing_about_who_it_was() {
    // One of the published vectors was made with user verification; no sign-in was.
    let made = |vector: &Vector| register(&hex(vector.client), &hex(vector.attestation)).unwrap();
    assert_eq!(made(&NONE).of_a_person(), Err(Flaw::UserUnknown));
    assert!(made(&SELF).of_a_person().is_ok());
    let signed = |flags: u8| {
        let mut authenticator = hex(NONE.authenticator);
        authenticator[32] |= flags;
        login(&hex(NONE.login_client), &authenticator, &hex(NONE.signature)).unwrap().of_a_person()
    };
    assert_eq!(signed(0), Err(Flaw::UserUnknown));
    assert_eq!(signed(4).map(|signed| signed.proof.message[32] & 4), Ok(4), "and it is signed that they were known");
}

#[test]
fn authenticator_data_is_read_to_its_last_byte() {
    let whole = hex(NONE.authenticator);
    assert!(AuthenticatorData::read(&whole).is_some());
    for length in 0..whole.len() {
        assert_eq!(AuthenticatorData::read(&whole[..length]), None, "{length}");
    }
    assert_eq!(AuthenticatorData::read(&[&whole[..], &[0]].concat()), None, "something behind it");
    let mut extended = whole.clone();
    extended[32] |= 0x80;
    assert_eq!(AuthenticatorData::read(&extended), None, "extensions that are not there");
    assert!(AuthenticatorData::read(&[&extended[..], &[0xa1, 0x61, b'a', 0xf5]].concat()).is_some());
    assert_eq!(AuthenticatorData::read(&[&extended[..], &[0x80]].concat()), None, "extensions are a map");
    // A sign-in response makes no credential.
    let attestation = hex(NONE.attestation);
    let object = Cbor::whole(&attestation).unwrap();
    let Some(Cbor::Bytes(made)) = object.get(&Cbor::Text("authData")) else { panic!("no data") };
    assert!(AuthenticatorData::read(made).is_some());
    assert_eq!(login(&hex(NONE.login_client), made, &hex(NONE.signature)), Err(Flaw::Form));
}

#[test]
fn a_new_credential_has_an_es256_key() {
    let client = hex(NONE.client);
    let change = |from: &str, to: &str| {
        assert!(NONE.attestation.contains(from));
        register(&client, &hex(&NONE.attestation.replace(from, to)))
    };
    // -7 (ES256) becomes -8 (EdDSA); P-256 becomes P-384; the key type becomes RSA.
    assert_eq!(change("a50102032620012158", "a50102032720012158"), Err(Flaw::Algorithm));
    assert_eq!(change("a50102032620012158", "a50102032620022158"), Err(Flaw::Algorithm));
    assert_eq!(change("a50102032620012158", "a50103032620012158"), Err(Flaw::Algorithm));
    // No attested credential, and an id of length 0.
    assert_eq!(change("b559000000008446", "b519000000008446"), Err(Flaw::Form));
    assert_eq!(change("3a1f0020f91f", "3a1f0000f91f"), Err(Flaw::Form));
    assert_eq!(change("a363666d74", "a463666d74"), Err(Flaw::Form));
    assert_eq!(register(&client, b""), Err(Flaw::Form));
    assert_eq!(register(&client, &hex(&format!("{}00", NONE.attestation))), Err(Flaw::Form), "something behind it");
}

#[test]
fn a_signature_has_one_form() {
    let good = hex(NONE.signature);
    let refused = |signature: &[u8]| {
        let answer = login(&hex(NONE.login_client), &hex(NONE.authenticator), signature);
        assert_eq!(answer, Err(Flaw::Signature), "{signature:02x?}");
    };
    for length in 0..good.len() {
        refused(&good[..length]);
    }
    refused(&[&good[..], &[0]].concat());
    refused(&hex("3006020100020101"));
    refused(&hex("3006020101020100"));
    refused(&hex("3006020181020101"));
    refused(&hex("300702020001020101"));
    refused(&hex("30810602010102010100"));
    let long = format!("30260221{}020101", "01".repeat(33));
    refused(&hex(&long));
    let short = hex("3006020101020102");
    let numbers = login(&hex(NONE.login_client), &hex(NONE.authenticator), &short).unwrap().proof.signature;
    assert_eq!((numbers[31], numbers[63]), (1, 2));
    assert_eq!(numbers.iter().map(|byte| u32::from(*byte)).sum::<u32>(), 3);
}

#[test]
fn a_counter_goes_on_or_is_none() {
    assert!(has_grown(0, 0) && has_grown(0, 1) && has_grown(7, 8) && has_grown(7, u32::MAX));
    assert!(!has_grown(7, 7) && !has_grown(7, 6) && !has_grown(7, 0));
}

#[test]
fn cbor_is_written_one_way() {
    let whole = |text: &str| Cbor::whole(&hex(text)).is_some();
    for good in [
        "00",
        "17",
        "1818",
        "20",
        "3863",
        "40",
        "4101",
        "6161",
        "80",
        "820102",
        "a0",
        "a10102",
        "f4",
        "f5",
        "f6",
        "1b0000000100000000",
    ] {
        assert!(whole(good), "{good}");
    }
    for bad in [
        "",
        "18",
        "1817",
        "190018",
        "1a0000ffff",
        "1b00000000ffffffff",
        "1bffffffffffffffff",
        "5f",
        "7f",
        "9f",
        "bf",
        "ff",
        "c001",
        "f90000",
        "fb0000000000000000",
        "f7",
        "f814",
        "41",
        "6180",
        "81",
        "a101",
        "a2010201",
        "a201020103",
        "a1400102",
        "a1800102",
        "0000",
        "1c",
        "9bffffffffffffffff",
        "8181818181",
        "818181818100",
    ] {
        assert!(!whole(bad), "{bad}");
    }
    assert!(whole("8181818100"));
    assert_eq!(Cbor::whole(&hex("3863")), Some(Cbor::Number(-100)));
}
