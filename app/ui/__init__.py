"""The screens: what people see and do, drawn by Streamlit, with no authority and no secret of their own (R13)."""
