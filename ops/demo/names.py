"""What invented people, companies and public bodies are made of. Those named are the article's."""

SURNAMES = "김이박최정강조윤장임한오서신권황안송류홍전고문양손배백허유남심노하곽성차주우구민진"
FIRST_SYLLABLES = "지서민수은예하유현미영선주혜소정다나윤채가보해라연세진아희경"
SECOND_SYLLABLES = "연은희영진아현경원윤주정선미혜숙림빈솔율라온람별담슬결"

DISTRICTS = ("마포구", "성동구", "관악구", "노원구", "강서구", "은평구", "송파구", "동작구")
ELSEWHERE = (("gyeonggi", "경기도 고양시"), ("incheon", "인천광역시 부평구"))
STREET = "보람다온로"  # no such street
# Numbers that the country gives to nobody: no mobile prefix is 010-0, no tax office is 000.
PHONE_PREFIX = "010-0"
REGISTRATION_PREFIX = "000"
MAIL_DOMAIN = "example.org"  # RFC 2606: nobody's
BANK_CODES = ("004", "011", "020", "081", "088", "090")

NAMED_HOSTS = (  # S1
    ("워드마인드", "it"),
    ("젠틀에너지", "it"),
    ("테스트웍스", "it"),
    ("그로잉맘", "marketing"),
)
NAMED_EMPLOYERS = ("숲속작은도서관", "㈜삼풍", "㈜화신", "서울디지텍고등학교")  # S1, of cohort 1
HOST_FIRST = ("새봄", "다온", "이룸", "한울", "가온", "누리", "미리내", "온새미", "여울", "늘품")
HOST_SECOND = ("상사", "기획", "산업", "연구소", "공방", "물산", "컴퍼니", "솔루션")
PUBLIC_SECOND = ("도서관", "복지관", "문화센터", "평생학습관", "청소년센터", "보건지소")

TITLES = {
    "marketing": "홍보마케팅",
    "design": "디자인",
    "accounting": "회계사무",
    "it": "정보기술",
    "other": "일반사무",
}
LICENCES = {
    "marketing": ("social-research-analyst", "search-advertising"),
    "design": ("visual-design", "web-design"),
    "accounting": ("computerised-accounting", "tax-accounting"),
    "it": ("information-processing", "data-analysis"),
    "other": ("vocational-counselor", "word-processor"),
}
